/**
 * Remembers what was done last and the first promise that was broken. Checks only report here: what is
 * thrown in the middle of the product would be taken for its own failure.
 */
import type { Clock } from '../../src/time/clock.js';

const MOST_STEPS = 20;

export class Witness {
  readonly #clock: Clock;
  readonly #seed: number;
  /** Put into words only where somebody reads them. */
  readonly #steps: { readonly atMs: number; readonly what: () => string }[] = [];
  /** The broken promise, told with what led to it. */
  fault: string | null = null;
  /** Things that happened at all, so that a day in which nothing does is noticed. */
  readonly seen = new Set<string>();

  constructor(clock: Clock, seed: number) {
    this.#clock = clock;
    this.#seed = seed;
  }

  step(what: () => string): void {
    this.#steps.push({ atMs: this.#clock.nowMs(), what });
    if (this.#steps.length > MOST_STEPS) this.#steps.shift();
  }

  broken(invariant: string, what: string): void {
    this.fault ??= [
      `SEED=${this.#seed}: "${invariant}" is broken at ${inS(this.#clock.nowMs())}: ${what}`,
      'the last steps:',
      ...this.#steps.map((step) => `  ${inS(step.atMs)} ${step.what()}`),
    ].join('\n');
  }
}

function inS(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}
