/** Records that were dropped one after the other, counted until they are told as one overflow. */
import type { Overflow, Unwritten } from './metrics-record.js';

export class Gap {
  #firstAtMs: number;
  #lastAtMs: number;
  #snapshotCount = 0;
  readonly #events = new Map<string, number>();

  constructor(dropped: Unwritten) {
    this.#firstAtMs = dropped.time;
    this.#lastAtMs = dropped.time;
    this.add(dropped);
  }

  get droppedCount(): number {
    let sum = this.#snapshotCount;
    for (const eventCount of this.#events.values()) sum += eventCount;
    return sum;
  }

  add(dropped: Unwritten): void {
    this.#lastAtMs = dropped.time;
    if (dropped.kind === 'snapshot') this.#snapshotCount += 1;
    else this.#addEvents(dropped.payload.event, 1);
  }

  /** Takes over what an earlier gap has counted, where nothing lies between the two. */
  absorb(earlier: Gap): void {
    this.#firstAtMs = earlier.#firstAtMs;
    this.#snapshotCount += earlier.#snapshotCount;
    for (const [event, eventCount] of earlier.#events) this.#addEvents(event, eventCount);
  }

  toRecord(sinceSeq: number): Unwritten & { readonly payload: Overflow } {
    const { droppedCount } = this;
    return {
      kind: 'event',
      time: this.#lastAtMs,
      payload: {
        event: 'metrics.overflow',
        droppedCount,
        droppedByKind: {
          snapshot: this.#snapshotCount,
          event: droppedCount - this.#snapshotCount,
        },
        droppedByEvent: Object.fromEntries(this.#events),
        sinceSeq,
        firstDroppedAtMs: this.#firstAtMs,
        lastDroppedAtMs: this.#lastAtMs,
      },
    };
  }

  #addEvents(event: string, eventCount: number): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + eventCount);
  }
}
