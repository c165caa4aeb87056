import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit, TokenBucket } from '../../src/limits/token-bucket.js';
import { ManualClock } from '../manual-clock.js';

const took = (bucket: TokenBucket): boolean => {
  if (bucket.waitMs > 0) return false;
  bucket.take();
  return true;
};
const takenOf = (bucket: TokenBucket, times: number): number =>
  Array.from({ length: times }, () => took(bucket)).filter(Boolean).length;

describe('a token bucket', () => {
  test.each([
    [{ sessionsPerSecond: 2.1 }, 3],
    [{ sessionsPerSecond: 0.01 }, 1],
    [{ sessionsPerSecond: 100 }, 100],
    [{ sessionsPerSecond: 100, burst: 7 }, 7],
  ])('of %j gives exactly its burst of %i at once', (limit, burst) => {
    expect(takenOf(new TokenBucket(limit, new ManualClock()), 10 * burst)).toBe(burst);
  });

  test('fills up again continuously, and no further than its burst', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ sessionsPerSecond: 10, burst: 5 }, clock);
    takenOf(bucket, 5);
    clock.advance(250);
    expect(takenOf(bucket, 5)).toBe(2);
    expect(bucket.waitMs).toBe(50);
    clock.advance(3_600_000);
    expect(takenOf(bucket, 50)).toBe(5);
  });

  test('says how many there are, and when it will be full again', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ sessionsPerSecond: 3, burst: 5 }, clock);
    const seen = (): number[] => [bucket.availableCount, bucket.fullInMs];
    expect(seen()).toEqual([5, 0]);
    takenOf(bucket, 4);
    expect(seen()).toEqual([1, 1_334]);
    clock.advance(bucket.fullInMs - 1);
    expect(seen()).toEqual([4, 1]);
    clock.advance(1);
    expect(seen()).toEqual([5, 0]);
    takenOf(bucket, 5);
    clock.advance(bucket.waitMs);
    expect(bucket.availableCount).toBe(1);
  });

  test('has what was given back, as if it had never been taken', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ sessionsPerSecond: 1, burst: 2 }, clock);
    for (let time = 0; time < 2; time += 1) bucket.reserve();
    clock.advance(5_000);
    expect(takenOf(bucket, 5)).toBe(0);
    bucket.give();
    expect(takenOf(bucket, 5)).toBe(1);
    bucket.give();
    clock.advance(5_000);
    expect(takenOf(bucket, 5)).toBe(2);
  });

  test('never has more used in any time than its burst and its rate, whoever reserves', () => {
    const deed = fc.record({
      pauseMs: fc.nat(300),
      kind: fc.constantFrom('take', 'reserve', 'use', 'give'),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(deed), (burst, deeds) => {
        const clock = new ManualClock();
        const bucket = new TokenBucket({ sessionsPerSecond: 5, burst }, clock);
        const usedMs: number[] = [];
        let reserved = 0;
        for (const { pauseMs, kind } of deeds) {
          clock.advance(pauseMs);
          const isThere = bucket.waitMs === 0;
          if (kind === 'take' && isThere) bucket.take();
          else if (kind === 'reserve' && isThere) bucket.reserve();
          else if (kind === 'use' && reserved > 0) bucket.use();
          else if (kind === 'give' && reserved > 0) bucket.give();
          else continue;
          if (kind !== 'take') reserved += kind === 'reserve' ? 1 : -1;
          if (kind === 'take' || kind === 'use') usedMs.push(clock.nowMs());
          usedMs.forEach((fromMs, index) => {
            const earned = ((clock.nowMs() - fromMs) * 5) / 1_000;
            expect(usedMs.length - index).toBeLessThanOrEqual(burst + earned + 1e-2);
          });
        }
      }),
    );
  });

  test('says how long to wait so that a retry succeeds then, and none before', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 999, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.double({ min: 0, max: 2_000, noNaN: true }), { maxLength: 20 }),
        (sessionsPerSecond, burst, pauses) => {
          const clock = new ManualClock();
          const bucket = new TokenBucket({ sessionsPerSecond, burst }, clock);
          for (const pauseMs of pauses) {
            takenOf(bucket, burst + 1);
            clock.advance(pauseMs);
          }
          takenOf(bucket, 2 * burst);
          const waitMs = bucket.waitMs;
          expect(waitMs).toBeGreaterThanOrEqual(1);
          clock.advance(waitMs - 1);
          if (waitMs > 1) expect(bucket.waitMs).toBeGreaterThan(0);
          clock.advance(1);
          expect(bucket.waitMs).toBe(0);
        },
      ),
    );
  });

  test('never gives more than its burst and its rate, whatever the arrivals', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 5_000, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 200 }),
        (sessionsPerSecond, burst, pauses) => {
          const clock = new ManualClock();
          const startMs = clock.nowMs();
          const bucket = new TokenBucket({ sessionsPerSecond, burst }, clock);
          let taken = 0;
          for (const pauseMs of pauses) {
            taken += takenOf(bucket, 3);
            clock.advance(pauseMs);
            const earned = ((clock.nowMs() - startMs) * sessionsPerSecond) / 1_000;
            expect(taken).toBeLessThanOrEqual(burst + earned + 1e-2);
          }
        },
      ),
    );
  });

  test('does not know the wall clock', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ sessionsPerSecond: 1 }, clock);
    bucket.take();
    for (const jumpMs of [3_600_000, -3_600_000]) {
      clock.epochMs = () => 1_700_000_000_000 + jumpMs;
      expect(bucket.waitMs).toBe(1_000);
    }
  });
});

test.each([
  {},
  { sessionsPerSecond: 0 },
  { sessionsPerSecond: '5' },
  { sessionsPerSecond: 1, burst: 0 },
  { sessionsPerSecond: 1, burst: 1.5 },
  { sessionsPerSecond: 1, bursts: 2 },
])('%j is no rate limit', (value) => {
  expect(RateLimit.safeParse(value).success).toBe(false);
});
