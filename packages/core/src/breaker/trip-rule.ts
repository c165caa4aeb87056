/** PORT: decides from the ends of sessions when a breaker opens. What happens then is the breaker's. */

/** What a rule goes by: how many sessions failed, of how many. */
export interface Evidence {
  readonly failures: number;
  readonly samples: number;
}

export interface TripRule {
  /** Takes one more end; answers what it trips for, or undefined while that is not enough. */
  record(hasFailed: boolean, nowMs: number): Evidence | undefined;
  /** What counts now. */
  evidence(nowMs: number): Evidence;
  /** Forgets everything. */
  clear(): void;
}
