import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RatioRule, SLICES } from '../../src/breaker/ratio-rule.js';

const OPTIONS = { failureRatio: 0.5, minimumSamples: 5, windowMs: 60_000 };

const trips = (rule: RatioRule, ends: string, nowMs = 0): (object | undefined)[] =>
  Array.from(ends, (end) => rule.record(end === 'x', nowMs));

describe('a ratio rule', () => {
  test('does not trip at exactly its ratio, and does just above it', () => {
    const rule = new RatioRule(OPTIONS);
    expect(trips(rule, 'oooxxx').every((one) => one === undefined)).toBe(true);
    expect(trips(rule, 'x')).toEqual([{ failures: 4, samples: 7 }]);
  });

  test('trips at its minimum of samples and not below, whatever fails', () => {
    const rule = new RatioRule(OPTIONS);
    expect(trips(rule, 'xxxxx')).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      { failures: 5, samples: 5 },
    ]);
    expect(trips(new RatioRule(OPTIONS), 'ooxxx').at(-1)).toEqual({ failures: 3, samples: 5 });
  });

  test('a success never trips it', () => {
    const rule = new RatioRule({ ...OPTIONS, minimumSamples: 5 });
    expect(trips(rule, 'xxxxo').every((one) => one === undefined)).toBe(true);
  });

  test.each<readonly [number, boolean]>([
    [0, true],
    [1, false],
  ])('with a ratio of %d trips on a single failure: %p', (failureRatio, isTripped) => {
    const rule = new RatioRule({ ...OPTIONS, failureRatio, minimumSamples: 1 });
    expect(rule.record(true, 0) !== undefined).toBe(isTripped);
  });

  test('forgets what is older than its window', () => {
    const rule = new RatioRule(OPTIONS);
    trips(rule, 'xxxx', 1_000);
    expect(rule.evidence(59_999)).toEqual({ failures: 4, samples: 4 });
    expect(rule.evidence(60_000)).toEqual({ failures: 0, samples: 0 });
    expect(trips(rule, 'x', 61_000)).toEqual([undefined]);
    rule.clear();
    expect(rule.evidence(61_000)).toEqual({ failures: 0, samples: 0 });
  });

  test('counts as a plain list of ends does', () => {
    const end = fc.record({
      afterMs: fc.oneof(fc.nat(5_000), fc.nat(90_000)),
      hasFailed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.array(end, { maxLength: 100 }), (startMs, ends) => {
        const rule = new RatioRule(OPTIONS);
        const sliceOf = (ms: number): number => Math.floor(ms / (OPTIONS.windowMs / SLICES));
        const list: { readonly atMs: number; readonly hasFailed: boolean }[] = [];
        let nowMs = startMs;
        for (const { afterMs, hasFailed } of ends) {
          nowMs += afterMs;
          rule.record(hasFailed, nowMs);
          list.push({ atMs: nowMs, hasFailed });
          const counted = list.filter(({ atMs }) => sliceOf(nowMs) - sliceOf(atMs) < SLICES);
          expect(rule.evidence(nowMs)).toEqual({
            failures: counted.filter((one) => one.hasFailed).length,
            samples: counted.length,
          });
          for (const { atMs } of counted) expect(nowMs - atMs).toBeLessThan(OPTIONS.windowMs);
        }
      }),
    );
  });
});
