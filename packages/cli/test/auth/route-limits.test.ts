import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RouteLimitOptions, RouteLimits, rateLimitHeaders } from '../../src/auth/route-limits.js';
import { ROUTES } from '../../src/auth/routes.js';
import { HandClock } from '../fixtures/hand-clock.js';

const ROUTE = 'sessions.open';

function made(limit: object, more: object = {}) {
  const clock = new HandClock();
  return {
    clock,
    limits: new RouteLimits(RouteLimitOptions.parse({ [ROUTE]: limit, ...more }), clock),
  };
}

/**
 * What a token bucket is, in whole numbers: a request costs 1,000 units, each millisecond brings as
 * many units as requests a second are allowed.
 */
class ReferenceBucket {
  readonly #perSecond: number;
  readonly #mostUnits: number;
  #units: number;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#mostUnits = burst * 1_000;
    this.#units = this.#mostUnits;
  }

  pass(ms: number): void {
    this.#units = Math.min(this.#mostUnits, this.#units + ms * this.#perSecond);
  }

  take() {
    const allowed = this.#units >= 1_000;
    const retryAfterMs = allowed ? 0 : Math.ceil((1_000 - this.#units) / this.#perSecond);
    if (allowed) this.#units -= 1_000;
    return {
      allowed,
      limit: this.#mostUnits / 1_000,
      remaining: Math.floor(this.#units / 1_000),
      resetMs: Math.ceil((this.#mostUnits - this.#units) / this.#perSecond),
      retryAfterMs,
    };
  }
}

describe('the limit of a route', () => {
  test('lets in exactly its burst of ten times as many, and the rest when it is told', () => {
    const { clock, limits } = made({ requestsPerSecond: 10, burst: 20 });
    const burst = Array.from({ length: 200 }, () => limits.take(ROUTE, 'a'));
    expect(burst.filter(({ allowed }) => allowed)).toHaveLength(20);
    expect(burst.map(({ allowed }) => allowed).lastIndexOf(true)).toBe(19);
    const { retryAfterMs, remaining, resetMs } = burst.at(-1)!;
    expect({ retryAfterMs, remaining, resetMs }).toEqual({
      retryAfterMs: 100,
      remaining: 0,
      resetMs: 2_000,
    });
    clock.pass(retryAfterMs - 1);
    expect(limits.take(ROUTE, 'a').allowed).toBe(false);
    clock.pass(1);
    expect(limits.take(ROUTE, 'a').allowed).toBe(true);
    expect(limits.take(ROUTE, 'a').allowed).toBe(false);
  });

  test('is not moved by a wall clock that jumps an hour either way', () => {
    const { clock, limits } = made({ requestsPerSecond: 1, burst: 5 });
    for (let time = 0; time < 5; time += 1) limits.take(ROUTE, 'a');
    for (const jumpMs of [3_600_000, -7_200_000]) {
      clock.wallMs += jumpMs;
      expect(limits.take(ROUTE, 'a')).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
    }
  });

  test('is of each caller and each route by itself', () => {
    const { limits } = made({ requestsPerSecond: 1, burst: 1 });
    expect(limits.take(ROUTE, 'a').allowed).toBe(true);
    expect(limits.take(ROUTE, 'a').allowed).toBe(false);
    expect(limits.take(ROUTE, 'b').allowed).toBe(true);
    expect(limits.take('jobs.submit', 'a').allowed).toBe(true);
  });

  test('decides as the reference model does, whatever the arrivals', () => {
    const arrival = fc.record({ pauseMs: fc.nat(400), caller: fc.nat(3) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(arrival, { maxLength: 120 }),
        (perSecond, burst, arrivals) => {
          const { clock, limits } = made({ requestsPerSecond: perSecond, burst });
          const model = Array.from({ length: 4 }, () => new ReferenceBucket(perSecond, burst));
          for (const { pauseMs, caller } of arrivals) {
            clock.pass(pauseMs);
            for (const bucket of model) bucket.pass(pauseMs);
            expect(limits.take(ROUTE, `${caller}`)).toEqual(model[caller]!.take());
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('remembers no more callers than it may, and forgets the one that was quiet for longest', () => {
    const { limits } = made({ requestsPerSecond: 1, burst: 1 }, { maxCallers: 3 });
    for (const caller of ['a', 'b', 'c']) limits.take(ROUTE, caller);
    limits.take(ROUTE, 'a');
    limits.take(ROUTE, 'd');
    expect(limits.callerCount).toBe(3);
    expect(limits.take(ROUTE, 'a').allowed).toBe(false);
    expect(limits.take(ROUTE, 'b').allowed).toBe(true);
    for (let caller = 0; caller < 10_000; caller += 1)
      for (const route of ROUTES) limits.take(route, `${caller}`);
    expect(limits.callerCount).toBe(3 * ROUTES.length);
  });

  test('is none where it is null', () => {
    const { limits } = made({}, { [ROUTE]: null });
    for (let time = 0; time < 10_000; time += 1) expect(limits.take(ROUTE, 'a').allowed).toBe(true);
    expect(rateLimitHeaders(limits.take(ROUTE, 'a'))).toEqual({});
  });

  test('is told in whole seconds, rounded up, and Retry-After only where it is refused', () => {
    const { limits } = made({ requestsPerSecond: 2, burst: 3 });
    expect(rateLimitHeaders(limits.take(ROUTE, 'a'))).toEqual({
      'RateLimit-Limit': '3',
      'RateLimit-Remaining': '2',
      'RateLimit-Reset': '1',
    });
    limits.take(ROUTE, 'a');
    limits.take(ROUTE, 'a');
    expect(rateLimitHeaders(limits.take(ROUTE, 'a'))).toEqual({
      'RateLimit-Limit': '3',
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': '2',
      'Retry-After': '1',
    });
  });
});
