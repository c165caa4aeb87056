/**
 * Lets so many bytes a second through and counts the rest. A guest's output crosses to the host as
 * messages, which nothing slows down; a loop that prints would fill the host's memory.
 */
export class OutputMeter {
  readonly #maxBytesPerSecond: number;
  readonly #nowMs: () => number;
  #windowStartMs: number;
  #usedBytes = 0;
  #droppedBytes = 0;

  constructor(maxBytesPerSecond: number, nowMs: () => number) {
    this.#maxBytesPerSecond = maxBytesPerSecond;
    this.#nowMs = nowMs;
    this.#windowStartMs = nowMs();
  }

  /** Whether so many bytes may pass now; what may not is counted as dropped. */
  pass(bytes: number): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowStartMs >= 1_000) {
      this.#windowStartMs = nowMs;
      this.#usedBytes = 0;
    }
    // What is empty is a message all the same.
    const takenBytes = Math.max(1, bytes);
    if (this.#usedBytes + takenBytes > this.#maxBytesPerSecond) {
      this.#droppedBytes += bytes;
      return false;
    }
    this.#usedBytes += takenBytes;
    return true;
  }

  /** What was held back since it was last told. */
  takeDropped(): number {
    const droppedBytes = this.#droppedBytes;
    this.#droppedBytes = 0;
    return droppedBytes;
  }
}
