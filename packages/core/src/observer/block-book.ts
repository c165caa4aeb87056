/** What is kept of the blocks of one session or one tenant: totals for ever, lengths for a minute. */
import { BLOCK_BUCKETS_MS, type BlockedFigure, type CodePlace } from '../snapshot/figures.js';
import { bucketOf } from './complete-snapshot.js';

const KEPT_MS = 60_000;

export class BlockBook {
  #count = 0;
  #totalMs = 0;
  #longestMs = 0;
  #lastPlace: CodePlace | null = null;
  #lastEndMs = 0;
  #recent: { readonly endMs: number; readonly durationMs: number }[] = [];

  get totalMs(): number {
    return this.#totalMs;
  }

  add(durationMs: number, place: CodePlace | null, endMs: number): void {
    this.#count += 1;
    this.#totalMs += durationMs;
    this.#longestMs = Math.max(this.#longestMs, durationMs);
    this.#lastPlace = place;
    this.#lastEndMs = endMs;
    this.#forget(endMs);
    this.#recent.push({ endMs, durationMs });
  }

  figure(nowMs: number): BlockedFigure {
    this.#forget(nowMs);
    const minute = Array.from({ length: BLOCK_BUCKETS_MS.length + 1 }, () => 0);
    for (const { durationMs } of this.#recent) minute[bucketOf(durationMs)]! += 1;
    return {
      count: this.#count,
      totalMs: this.#totalMs,
      longestMs: this.#longestMs,
      lastPlace: this.#lastPlace,
      lastAgoMs: this.#count === 0 ? null : Math.max(0, nowMs - this.#lastEndMs),
      minute,
    };
  }

  #forget(nowMs: number): void {
    if (this.#recent[0] === undefined || nowMs - this.#recent[0].endMs < KEPT_MS) return;
    this.#recent = this.#recent.filter(({ endMs }) => nowMs - endMs < KEPT_MS);
  }
}
