/**
 * A few numbers in shared memory that a guest writes at every beat and the host reads whenever it
 * likes: no message has to get through a busy loop to know that the loop is busy.
 */

/** Often enough to tell a stuck loop from a slow one, seldom enough to cost nothing measurable. */
export const BEAT_INTERVAL_MS = 100;

const FIELD = { beats: 0, heapUsedBytes: 1, externalBytes: 2, cpuThreadId: 3 } as const;

export class BeatCell {
  readonly buffer: SharedArrayBuffer;
  readonly #fields: Float64Array;

  constructor(buffer = new SharedArrayBuffer(8 * Object.keys(FIELD).length)) {
    this.buffer = buffer;
    this.#fields = new Float64Array(buffer);
  }

  get beats(): number {
    return this.#fields[FIELD.beats]!;
  }

  get heapUsedBytes(): number {
    return this.#fields[FIELD.heapUsedBytes]!;
  }

  get externalBytes(): number {
    return this.#fields[FIELD.externalBytes]!;
  }

  /** The operating system's id of the guest's thread; 0 where it is not known. */
  get kernelThreadId(): number {
    return this.#fields[FIELD.cpuThreadId]!;
  }

  write(heapUsedBytes: number, externalBytes: number): void {
    this.#fields[FIELD.heapUsedBytes] = heapUsedBytes;
    this.#fields[FIELD.externalBytes] = externalBytes;
    this.#fields[FIELD.beats]! += 1;
  }

  writeThreadId(kernelThreadId: number): void {
    this.#fields[FIELD.cpuThreadId] = kernelThreadId;
  }
}
