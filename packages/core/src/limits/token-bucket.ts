/**
 * A rate limit: each session takes a token, tokens come back continuously, and at most `burst` of them
 * are kept. Counted on the monotonic clock, so no jump of the wall clock gives or takes one. What a
 * refusal means is left to admission.
 */
import { z } from 'zod';
import type { Clock } from '../time/clock.js';

/** How often sessions may start. */
export const RateLimit = z.strictObject({
  /** Sessions a second in the long run. */
  sessionsPerSecond: z.number().min(0.001).max(1_000_000),
  /** Most at once after a pause; the rate rounded up by default. */
  burst: z.int().min(1).max(1_000_000).optional(),
});
export type RateLimit = Readonly<z.output<typeof RateLimit>>;

/**
 * A sum of times is not exact, and who waits as long as it was told must not come a hair too early.
 * What is taken a microsecond early is owed, so the rate holds.
 */
const TOLERANCE_MS = 0.001;
const MS_PER_S = 1_000;

export class TokenBucket {
  readonly #clock: Clock;
  #perMs: number;
  #burst: number;
  #tokens: number;
  /** Neither used nor given back: they have their places in the bucket, and nothing comes in them. */
  #reservedCount = 0;
  #asOfMs: number;

  constructor({ sessionsPerSecond, burst }: RateLimit, clock: Clock) {
    this.#clock = clock;
    this.#perMs = sessionsPerSecond / MS_PER_S;
    this.#burst = burst ?? Math.max(1, Math.ceil(sessionsPerSecond));
    this.#tokens = this.#burst;
    this.#asOfMs = clock.nowMs();
  }

  /** Another rate from now on; what has been taken stays taken. */
  reconfigure({ sessionsPerSecond, burst }: RateLimit): void {
    this.#refill();
    const taken = this.#burst - this.#tokens;
    this.#perMs = sessionsPerSecond / MS_PER_S;
    this.#burst = burst ?? Math.max(1, Math.ceil(sessionsPerSecond));
    this.#tokens = this.#burst - taken;
  }

  /** How long until there is a token, in whole milliseconds; 0: there is one. */
  get waitMs(): number {
    this.#refill();
    const missingMs = (1 - this.#tokens) / this.#perMs;
    return missingMs <= TOLERANCE_MS ? 0 : Math.ceil(missingMs - TOLERANCE_MS);
  }

  /** How many can be taken at this moment. */
  get availableCount(): number {
    this.#refill();
    return Math.max(0, Math.floor(this.#tokens + TOLERANCE_MS * this.#perMs));
  }

  /** How long until it is full again if nobody takes any, in whole milliseconds. */
  get fullInMs(): number {
    this.#refill();
    const missingMs = (this.#burst - this.#tokens) / this.#perMs;
    return Math.max(0, Math.ceil(missingMs - TOLERANCE_MS));
  }

  /** Takes one; the caller has seen `waitMs` be 0 in the same turn. */
  take(): void {
    this.#tokens -= 1;
  }

  /** Takes one for whoever waits to start; seen like that for `take`. Then comes `use` or `give`. */
  reserve(): void {
    this.#tokens -= 1;
    this.#reservedCount += 1;
  }

  /** Whoever waited starts: only from now on another one comes in its place. */
  use(): void {
    this.#refill();
    this.#reservedCount -= 1;
  }

  /** Whoever waited does not start. */
  give(): void {
    this.use();
    this.#tokens += 1;
  }

  #refill(): void {
    const nowMs = this.#clock.nowMs();
    const most = this.#burst - this.#reservedCount;
    this.#tokens = Math.min(most, this.#tokens + (nowMs - this.#asOfMs) * this.#perMs);
    this.#asOfMs = nowMs;
  }
}
