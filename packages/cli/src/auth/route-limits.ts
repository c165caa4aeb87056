/**
 * How often a caller may ask for a route. A caller is whoever the gateway names: an identity, or an
 * address where nobody is known. Counting is core's token bucket, on the monotonic clock.
 */
import type { Clock } from '@tenantry/core/internal';
import { TokenBucket } from '@tenantry/core/internal/host';
import { z } from 'zod';
import { Callers } from './callers.js';
import { ROUTES, type RouteName } from './routes.js';

const RouteLimit = z
  .strictObject({
    /** Requests a second of one caller in the long run. */
    requestsPerSecond: z.number().min(0.001).max(1_000_000),
    /** Most at once after a pause. */
    burst: z.int().min(1).max(1_000_000),
  })
  .nullable();
type RouteLimit = Readonly<z.output<typeof RouteLimit>>;

const limit = (requestsPerSecond: number, burst: number) =>
  RouteLimit.prefault({ requestsPerSecond, burst });

/** Null at a route: no limit. */
export const RouteLimitOptions = z.strictObject({
  'sessions.open': limit(50, 200),
  'sessions.connect': limit(50, 200),
  'sessions.read': limit(50, 200),
  'jobs.submit': limit(50, 200),
  'jobs.read': limit(50, 200),
  'admin.read': limit(20, 60),
  'admin.act': limit(2, 20),
  metrics: limit(2, 20),
  health: limit(50, 200),
  /** A page is some twenty files, and of no use without one of them; its reader may load it again and again. */
  page: limit(50, 600),
  openapi: limit(2, 20),
  /** Callers that are remembered for each route; the one that was quiet for longest is forgotten first. */
  maxCallers: z.int().min(1).max(1_000_000).default(10_000),
});
export type RouteLimitOptions = Readonly<z.output<typeof RouteLimitOptions>>;

export interface RouteVerdict {
  readonly allowed: boolean;
  /** Most at once; `Infinity` where there is no limit. */
  readonly limit: number;
  /** How many more would be let in at this moment. */
  readonly remaining: number;
  /** How long until all of `limit` are there again. */
  readonly resetMs: number;
  /** How long to wait; 0 where it is allowed. */
  readonly retryAfterMs: number;
}

const UNLIMITED: RouteVerdict = {
  allowed: true,
  limit: Number.POSITIVE_INFINITY,
  remaining: Number.POSITIVE_INFINITY,
  resetMs: 0,
  retryAfterMs: 0,
};

export class RouteLimits {
  readonly #options: RouteLimitOptions;
  readonly #clock: Clock;
  readonly #buckets: ReadonlyMap<RouteName, Callers<TokenBucket>>;

  constructor(options: RouteLimitOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#buckets = new Map(ROUTES.map((route) => [route, new Callers(options.maxCallers)]));
  }

  /** Takes one request of a caller, if there is one left for it. */
  take(route: RouteName, caller: string): RouteVerdict {
    const ofRoute = this.#options[route];
    if (ofRoute === null) return UNLIMITED;
    const bucket = this.#bucketOf(route, caller, ofRoute);
    const retryAfterMs = bucket.waitMs;
    if (retryAfterMs === 0) bucket.take();
    return {
      allowed: retryAfterMs === 0,
      limit: ofRoute.burst,
      remaining: bucket.availableCount,
      resetMs: bucket.fullInMs,
      retryAfterMs,
    };
  }

  /** How many callers are remembered, over all routes. */
  get callerCount(): number {
    return [...this.#buckets.values()].reduce((sum, { count }) => sum + count, 0);
  }

  #bucketOf(route: RouteName, caller: string, ofRoute: NonNullable<RouteLimit>): TokenBucket {
    const buckets = this.#buckets.get(route)!;
    const known = buckets.get(caller);
    const { requestsPerSecond, burst } = ofRoute;
    const bucket =
      known ?? new TokenBucket({ sessionsPerSecond: requestsPerSecond, burst }, this.#clock);
    buckets.keep(caller, bucket);
    return bucket;
  }
}

const MS_PER_S = 1_000;

/**
 * The verdict as the response fields of the IETF's draft (`RateLimit-*`, up to its version 06, which is
 * what clients read), with `Retry-After` where it was refused. Times are rounded up: whoever waits as
 * long as it is told is let in. None where there is no limit.
 */
export function rateLimitHeaders(verdict: RouteVerdict): Readonly<Record<string, string>> {
  const { allowed, limit: most, remaining, resetMs, retryAfterMs } = verdict;
  if (most === Number.POSITIVE_INFINITY) return {};
  const seconds = (ms: number): string => String(Math.ceil(ms / MS_PER_S));
  return {
    'RateLimit-Limit': String(most),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': seconds(resetMs),
    ...(allowed ? {} : { 'Retry-After': seconds(retryAfterMs) }),
  };
}
