/** Percentiles, and the comparison of what the rungs heard. */
import { describe, expect, test } from '@jest/globals';
import { Comparison, TenantTally } from '../src/result.js';

describe('TenantTally', () => {
  test('answers the middle, the 99th percentile and the maximum of its latencies', () => {
    const tally = new TenantTally();
    for (let value = 100; value >= 1; value -= 1) tally.answered(value);
    const { p50, p99, max } = tally.latencyMs;
    // The histogram keeps three digits.
    expect(p50).toBeCloseTo(50, 0);
    expect(p99).toBeCloseTo(99, 0);
    expect(max).toBeCloseTo(100, 0);
  });

  test('keeps fractions of a millisecond', () => {
    const tally = new TenantTally();
    tally.answered(0.25);
    expect(tally.latencyMs).toEqual({ p50: 0.25, p99: 0.25, max: 0.25 });
  });

  test('has no figures before the first answer', () => {
    expect(new TenantTally().latencyMs).toEqual({ p50: null, p99: null, max: null });
  });
});

describe('Comparison', () => {
  const clip = { file: 'a.wav', seconds: 1, frames: [] };
  const early = [{ startMs: 30, endMs: 60 }];
  const late = [{ startMs: 60, endMs: 90 }];

  test('agrees when every rung heard the same', () => {
    const comparison = new Comparison();
    for (const rung of ['coroutine', 'thread', 'coroutine'] as const) {
      comparison.add('a.wav', rung, [...early]);
    }
    expect(comparison.mismatches).toEqual([]);
    expect(comparison.of(clip, ['coroutine', 'thread'])).toEqual({
      file: 'a.wav',
      seconds: 1,
      segments: early,
      sameOnEveryRung: true,
    });
  });

  test('names the clip, the rungs and both lists where they differ', () => {
    const comparison = new Comparison();
    comparison.add('a.wav', 'coroutine', early);
    comparison.add('a.wav', 'process', late);
    comparison.add('a.wav', 'process', late);
    expect(comparison.mismatches).toEqual([
      'clip a.wav: coroutine found [30-60 ms], process found [60-90 ms]',
    ]);
    expect(comparison.of(clip, ['coroutine', 'process']).sameOnEveryRung).toBe(false);
  });

  test('notices a rung that does not agree with itself', () => {
    const comparison = new Comparison();
    comparison.add('a.wav', 'thread', early);
    comparison.add('a.wav', 'thread', []);
    expect(comparison.mismatches).toEqual(['clip a.wav: thread found [30-60 ms], thread found []']);
  });

  test('does not claim agreement while a rung has not heard the clip', () => {
    const comparison = new Comparison();
    comparison.add('a.wav', 'coroutine', early);
    expect(comparison.of(clip, ['coroutine', 'thread']).sameOnEveryRung).toBeNull();
  });
});
