/**
 * Frames that were sent, or wait to be, and that the other side has not acknowledged: numbered from the
 * session's first one, so that on a new connection exactly the missing ones are sent again.
 */

/** Text, or bytes that are a message as they are. */
export type Frame = string | Uint8Array;

export class UnackedFrames {
  #frames: Frame[] = [];
  /** How many frames came before the first one kept. */
  #goneCount = 0;
  #bytes = 0;

  get count(): number {
    return this.#frames.length;
  }

  /** Text is counted by its characters. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many of the first frames are not kept any more. */
  get goneCount(): number {
    return this.#goneCount;
  }

  get totalCount(): number {
    return this.#goneCount + this.#frames.length;
  }

  add(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  /** A frame of which nobody will say that it came. */
  pass(): void {
    this.#goneCount += 1;
  }

  /** Whether whoever has `received` frames can get all that follow. */
  reaches(received: number): boolean {
    return received >= this.#goneCount && received <= this.totalCount;
  }

  /** Forgets what has come. False where that is said of more than there is. */
  acknowledge(received: number): boolean {
    if (received > this.totalCount) return false;
    const acknowledged = received - this.#goneCount;
    if (acknowledged <= 0) return true;
    for (const frame of this.#frames.splice(0, acknowledged)) this.#bytes -= frame.length;
    this.#goneCount = received;
    return true;
  }

  /** Everything kept goes to somebody who acknowledges nothing. */
  release(): readonly Frame[] {
    const frames = this.#frames;
    this.#goneCount = this.totalCount;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }

  all(): readonly Frame[] {
    return this.#frames;
  }
}
