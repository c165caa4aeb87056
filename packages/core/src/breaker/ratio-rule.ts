/**
 * Trips when more than a given share of the sessions that ended in a rolling window failed. The window
 * is made of slices, so that it takes the same memory at one end a minute and at a thousand a second:
 * an end counts for at most `windowMs` and for at least 29 thirtieths of it.
 */
import type { Evidence, TripRule } from './trip-rule.js';

export interface RatioRuleOptions {
  /** It trips strictly above this share, 0 to 1. */
  readonly failureRatio: number;
  readonly minimumSamples: number;
  readonly windowMs: number;
}

/** Two seconds each of the usual minute: finer than anyone reads a breaker. */
export const SLICES = 30;

export class RatioRule implements TripRule {
  readonly #options: RatioRuleOptions;
  readonly #sliceMs: number;
  /** Samples and failures of each slice, one after the other; made when the first session ends. */
  #counts: number[] = [];
  #newestSlice = 0;
  #samples = 0;
  #failures = 0;

  constructor(options: RatioRuleOptions) {
    this.#options = options;
    this.#sliceMs = options.windowMs / SLICES;
  }

  record(hasFailed: boolean, nowMs: number): Evidence | undefined {
    this.#roll(nowMs);
    if (this.#counts.length === 0) this.#counts = Array.from({ length: 2 * SLICES }, () => 0);
    const at = 2 * (this.#newestSlice % SLICES);
    this.#counts[at]! += 1;
    this.#samples += 1;
    if (!hasFailed) return undefined;
    this.#counts[at + 1]! += 1;
    this.#failures += 1;
    const { minimumSamples, failureRatio } = this.#options;
    const isTripped =
      this.#samples >= minimumSamples && this.#failures > failureRatio * this.#samples;
    return isTripped ? { failures: this.#failures, samples: this.#samples } : undefined;
  }

  evidence(nowMs: number): Evidence {
    this.#roll(nowMs);
    return { failures: this.#failures, samples: this.#samples };
  }

  clear(): void {
    this.#counts = [];
    this.#samples = 0;
    this.#failures = 0;
  }

  #roll(nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    const passed = slice - this.#newestSlice;
    if (passed <= 0) return;
    this.#newestSlice = slice;
    if (this.#samples === 0) return;
    if (passed >= SLICES) {
      this.clear();
      return;
    }
    for (let past = 0; past < passed; past += 1) {
      const at = 2 * ((slice - past) % SLICES);
      this.#samples -= this.#counts[at]!;
      this.#failures -= this.#counts[at + 1]!;
      this.#counts[at] = 0;
      this.#counts[at + 1] = 0;
    }
  }
}
