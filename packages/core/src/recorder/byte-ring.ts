/**
 * Lines from one thread to another through shared memory: written without waiting for a reader, read
 * also while the writer's loop is blocked. One writer, one reader. What is not read in time is lost
 * and counted; what a line means is left to others.
 */

const HEADER_FIELDS = 4;
const HEADER_BYTES = HEADER_FIELDS * 4;
/** Positions only grow, modulo 2³², and the capacity divides that: their difference is what waits. */
const WRITTEN = 0;
const READ = 1;
const LOST = 2;
const LENGTH_BYTES = 4;

export class ByteRing {
  readonly buffer: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #bytes: Buffer;
  readonly #capacity: number;

  /** A new one of so many bytes, a power of two, or the other side of an existing one. */
  constructor(buffer: SharedArrayBuffer | number) {
    this.buffer =
      typeof buffer === 'number' ? new SharedArrayBuffer(HEADER_BYTES + buffer) : buffer;
    this.#header = new Int32Array(this.buffer, 0, HEADER_FIELDS);
    this.#bytes = Buffer.from(this.buffer, HEADER_BYTES);
    this.#capacity = this.#bytes.length;
  }

  /** Lines that found no room so far. */
  get lostCount(): number {
    return Atomics.load(this.#header, LOST) >>> 0;
  }

  /** False where there is no room for it, or it can never have any. */
  write(line: string): boolean {
    const written = Atomics.load(this.#header, WRITTEN) >>> 0;
    const waiting = (written - (Atomics.load(this.#header, READ) >>> 0)) >>> 0;
    const free = this.#capacity - waiting;
    const at = written % this.#capacity;
    const untilEnd = this.#capacity - at;
    // At worst three bytes for a UTF-16 unit: measured only where that would not do.
    const most = line.length * 3;
    const sizeBytes = LENGTH_BYTES + (most <= 1_024 ? most : Buffer.byteLength(line));
    // A line lies in one piece; a gap at the end is marked by a length of zero, or is too short for one.
    const gap = sizeBytes <= untilEnd ? 0 : untilEnd;
    if (sizeBytes + gap > free) {
      Atomics.add(this.#header, LOST, 1);
      return false;
    }
    if (gap >= LENGTH_BYTES) this.#bytes.writeUInt32LE(0, at);
    const start = gap === 0 ? at : 0;
    const length = this.#bytes.write(line, start + LENGTH_BYTES, 'utf8');
    this.#bytes.writeUInt32LE(length, start);
    // Published last: the reader never sees a line that is not whole.
    Atomics.store(this.#header, WRITTEN, (written + gap + LENGTH_BYTES + length) | 0);
    return true;
  }

  /** Every line that waits, oldest first. */
  drain(take: (line: string) => void): void {
    let read = Atomics.load(this.#header, READ) >>> 0;
    const written = Atomics.load(this.#header, WRITTEN) >>> 0;
    while (read !== written) {
      const at = read % this.#capacity;
      const untilEnd = this.#capacity - at;
      const length = untilEnd < LENGTH_BYTES ? 0 : this.#bytes.readUInt32LE(at);
      if (length === 0) {
        read = (read + untilEnd) >>> 0;
        continue;
      }
      const start = at + LENGTH_BYTES;
      take(this.#bytes.toString('utf8', start, start + length));
      read = (read + LENGTH_BYTES + length) >>> 0;
    }
    Atomics.store(this.#header, READ, read | 0);
  }
}
