/**
 * Lets so many bytes a second through and counts the rest. What sessions log and print, nothing slows
 * down: a loop that prints would fill the host's memory, and its disk.
 */

export interface Dropped {
  readonly lines: number;
  readonly bytes: number;
}

/** What is said of lines that were held back. */
export function droppedText(tenant: string | null, { lines, bytes }: Dropped): string {
  const whose = tenant === null ? '' : ` of tenant '${tenant}'`;
  return `[log] dropped ${lines} ${lines === 1 ? 'line' : 'lines'} (${bytes} bytes)${whose}`;
}

export class OutputMeter {
  readonly #maxBytesPerSecond: number;
  readonly #nowMs: () => number;
  #windowStartMs: number;
  #usedBytes = 0;
  #droppedLines = 0;
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
      this.#droppedLines += 1;
      this.#droppedBytes += bytes;
      return false;
    }
    this.#usedBytes += takenBytes;
    return true;
  }

  /** What was held back since it was last told. */
  takeDropped(): Dropped {
    const dropped = { lines: this.#droppedLines, bytes: this.#droppedBytes };
    this.#droppedLines = 0;
    this.#droppedBytes = 0;
    return dropped;
  }
}
