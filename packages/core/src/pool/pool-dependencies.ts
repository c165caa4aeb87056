/** What a pool is handed rather than told: replaced in tests. */
import type { Log } from '../log/log.js';
import type { Clock } from '../time/clock.js';

export interface PoolDependencies {
  readonly clock?: Clock;
  /** A pino logger, or anything with its methods. JSON lines on stderr by default. */
  readonly log?: Log;
  /** 0 to 1, for the canaries of a probation. */
  readonly random?: () => number;
  /** Where options were taken from, by their paths (`tenants.acme.maxSessions`); shown by `settings()`. */
  readonly origins?: ReadonlyMap<string, string>;
}
