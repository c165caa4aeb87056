/**
 * Events within bounds: the first half of them stays, of the rest the latest. Kept as the JSON they
 * become, so that nobody changes them afterwards and their size is known.
 */
import type { RecordOptions } from './record-options.js';

export interface KeptEvents {
  readonly events: readonly string[];
  /** How many stand before the gap; null where there is none. */
  readonly cut: {
    readonly afterEvents: number;
    readonly droppedEvents: number;
    readonly droppedBytes: number;
  } | null;
}

export class BoundedEvents {
  readonly #headCount: number;
  readonly #headBytes: number;
  readonly #tailCount: number;
  readonly #tailBytes: number;
  readonly #head: string[] = [];
  #tail: string[] = [];
  /** Taken out of the tail; it is cut in steps, as taking one off a long array moves all of them. */
  #tailStart = 0;
  #bytesInHead = 0;
  #bytesInTail = 0;
  #isHeadFull = false;
  #droppedEvents = 0;
  #droppedBytes = 0;

  constructor({ maxEvents, maxBytes }: RecordOptions) {
    this.#headCount = Math.ceil(maxEvents / 2);
    this.#tailCount = maxEvents - this.#headCount;
    this.#headBytes = Math.ceil(maxBytes / 2);
    this.#tailBytes = maxBytes - this.#headBytes;
  }

  get bytes(): number {
    return this.#bytesInHead + this.#bytesInTail;
  }

  add(json: string): void {
    const bytes = Buffer.byteLength(json);
    const isFull =
      this.#head.length >= this.#headCount || this.#bytesInHead + bytes > this.#headBytes;
    if (!this.#isHeadFull && !isFull) {
      this.#head.push(json);
      this.#bytesInHead += bytes;
      return;
    }
    // Order counts: once something has gone to the tail, everything does.
    this.#isHeadFull = true;
    this.#tail.push(json);
    this.#bytesInTail += bytes;
    while (this.#bytesInTail > this.#tailBytes || this.#inTail > this.#tailCount) this.#drop();
  }

  kept(): KeptEvents {
    const cut =
      this.#droppedEvents === 0
        ? null
        : {
            afterEvents: this.#head.length,
            droppedEvents: this.#droppedEvents,
            droppedBytes: this.#droppedBytes,
          };
    return { events: [...this.#head, ...this.#tail.slice(this.#tailStart)], cut };
  }

  get #inTail(): number {
    return this.#tail.length - this.#tailStart;
  }

  #drop(): void {
    const bytes = Buffer.byteLength(this.#tail[this.#tailStart++]!);
    this.#bytesInTail -= bytes;
    this.#droppedEvents += 1;
    this.#droppedBytes += bytes;
    if (this.#tailStart < 256 || this.#tailStart * 2 < this.#tail.length) return;
    this.#tail = this.#tail.slice(this.#tailStart);
    this.#tailStart = 0;
  }
}
