/**
 * Slows down whoever keeps showing bad credentials: some are free, then each wait is twice the one
 * before. It only ever decides how a *bad* credential is answered. A good one is never asked about, so
 * nobody is locked out by what somebody else does behind the same address or with the same id.
 */
import type { Clock } from '@tenantry/core/internal';
import { z } from 'zod';
import { Callers } from './callers.js';

export const BadCredentialOptions = z.strictObject({
  /** Bad credentials of a caller that are answered at once. */
  freeAttempts: z.int().min(1).max(1_000).default(5),
  /** The wait after the first one that is not free. */
  firstDelayMs: z.int().min(1).max(3_600_000).default(1_000),
  /** No wait is longer. */
  longestDelayMs: z.int().min(1).max(86_400_000).default(60_000),
  /** After so long without a bad one a caller begins anew. */
  forgetAfterMs: z.int().min(1_000).max(86_400_000).default(900_000),
  /** Callers that are remembered; the one that was quiet for longest is forgotten first. */
  maxCallers: z.int().min(1).max(1_000_000).default(10_000),
});
export type BadCredentialOptions = Readonly<z.output<typeof BadCredentialOptions>>;

interface Record {
  readonly count: number;
  readonly atMs: number;
  readonly untilMs: number;
}

export class BadCredentials {
  readonly #options: BadCredentialOptions;
  readonly #clock: Clock;
  readonly #records: Callers<Record>;

  constructor(options: BadCredentialOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#records = new Callers(options.maxCallers);
  }

  get callerCount(): number {
    return this.#records.count;
  }

  /**
   * Takes note of a bad credential that came from all of these. Returns how long the longest of them
   * has to wait, in whole milliseconds; 0: this one is answered as what it is, and counts. What comes
   * while a caller has to wait does not make its wait longer.
   */
  take(callers: readonly string[]): number {
    const nowMs = this.#clock.nowMs();
    const waitMs = Math.max(0, ...callers.map((caller) => this.#waitMs(caller, nowMs)));
    if (waitMs > 0) return Math.ceil(waitMs);
    for (const caller of callers) this.#count(caller, nowMs);
    return 0;
  }

  #waitMs(caller: string, nowMs: number): number {
    return (this.#records.get(caller)?.untilMs ?? nowMs) - nowMs;
  }

  #count(caller: string, nowMs: number): void {
    const { freeAttempts, firstDelayMs, longestDelayMs, forgetAfterMs } = this.#options;
    const before = this.#records.get(caller);
    const isForgotten = before === undefined || nowMs - before.atMs >= forgetAfterMs;
    const count = isForgotten ? 1 : before.count + 1;
    const delayMs =
      count < freeAttempts
        ? 0
        : Math.min(longestDelayMs, firstDelayMs * 2 ** (count - freeAttempts));
    this.#records.keep(caller, { count, atMs: nowMs, untilMs: nowMs + delayMs });
  }
}
