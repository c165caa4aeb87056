/** Counts lengths by fixed bounds, from the start of the process on: never goes back. */
import type { HistogramSample, MetricLabels } from './metric-family.js';

const MS_PER_S = 1_000;

export class SecondsHistogram {
  readonly #boundsMs: readonly number[];
  readonly #counts: number[];
  #sumMs = 0;
  #count = 0;

  /** Bounds in seconds, rising. */
  constructor(bounds: readonly number[]) {
    this.#boundsMs = bounds.map((seconds) => seconds * MS_PER_S);
    this.#counts = bounds.map(() => 0);
  }

  add(durationMs: number): void {
    const at = this.#boundsMs.findIndex((boundMs) => durationMs <= boundMs);
    if (at !== -1) this.#counts[at]! += 1;
    this.#count += 1;
    this.#sumMs += durationMs;
  }

  sample(labels?: MetricLabels): HistogramSample {
    let count = 0;
    const buckets = this.#boundsMs.map((boundMs, at) => {
      count += this.#counts[at]!;
      return { upTo: boundMs / MS_PER_S, count };
    });
    const whole = { buckets, sum: this.#sumMs / MS_PER_S, count: this.#count };
    return labels === undefined ? whole : { ...whole, labels };
  }
}
