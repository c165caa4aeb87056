/**
 * Data frames that were sent, or wait to be, and that the client has not acknowledged: numbered from
 * the session's first one, so that after a new connection exactly the missing ones are sent again.
 */
import { frameBytes, type Frame } from './frames.js';

export class KeptFrames {
  #frames: Frame[] = [];
  /** How many frames came before the first one kept. */
  #goneCount = 0;
  #bytes = 0;

  get count(): number {
    return this.#frames.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Number of the first frame kept, or of the next one. */
  get firstNumber(): number {
    return this.#goneCount + 1;
  }

  /** Number of the last frame. */
  get lastNumber(): number {
    return this.#goneCount + this.#frames.length;
  }

  add(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frameBytes(frame);
  }

  /** A frame of which nobody will say that it came. */
  pass(): void {
    this.#goneCount += 1;
  }

  /** Whether a client that has `received` frames can get all that follow. */
  reaches(received: number): boolean {
    return received >= this.#goneCount && received <= this.lastNumber;
  }

  /** Forgets what the client has. False where it says that it has more than there is. */
  acknowledge(received: number): boolean {
    if (received > this.lastNumber) return false;
    const acknowledged = received - this.#goneCount;
    if (acknowledged <= 0) return true;
    for (const frame of this.#frames.splice(0, acknowledged)) this.#bytes -= frameBytes(frame);
    this.#goneCount = received;
    return true;
  }

  /** What waited is sent to a client that acknowledges nothing. */
  release(): Frame[] {
    const frames = this.#frames;
    this.#goneCount = this.lastNumber;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }

  all(): readonly Frame[] {
    return this.#frames;
  }
}
