import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RestartPolicy } from '../../src/limits/restart-policy.js';

const RESTART = {
  initialMs: 1_000,
  factor: 2,
  maxMs: 60_000,
  intensity: 5,
  periodMs: 60_000,
  stableMs: 60_000,
  quarantineMs: 300_000,
};

const policyWith = (rules: Partial<typeof RESTART> = {}): RestartPolicy =>
  new RestartPolicy({ ...RESTART, ...rules });

describe('a restart policy', () => {
  test('lets a first isolate start at once', () => {
    expect(policyWith().verdict(0)).toEqual({ kind: 'now' });
  });

  test('lets the first restart be immediate', () => {
    const policy = policyWith();
    expect(policy.ended(100, 5)).toBe(false);
    expect(policy.verdict(100)).toEqual({ kind: 'now' });
  });

  test.each([
    [2, 1_000],
    [3, 2_000],
    [4, 4_000],
    [5, 8_000],
    [8, 60_000],
    [2_000, 60_000],
  ])('after %i ends in a row waits %i ms', (ends, waitMs) => {
    const policy = policyWith({ intensity: 10_000 });
    for (let end = 0; end < ends; end += 1) policy.ended(0, 5);
    expect(policy.verdict(0)).toEqual({ kind: 'wait', waitMs });
    expect(policy.verdict(waitMs - 1)).toEqual({ kind: 'wait', waitMs: 1 });
    expect(policy.verdict(waitMs)).toEqual({ kind: 'now' });
  });

  test('begins anew after a run that was stable', () => {
    const policy = policyWith();
    policy.ended(0, 5);
    policy.ended(0, 5);
    expect(policy.ended(100_000, RESTART.stableMs)).toBe(false);
    expect(policy.verdict(100_000)).toEqual({ kind: 'now' });
  });

  test('does not begin anew after a run that was almost stable', () => {
    const policy = policyWith();
    policy.ended(0, 5);
    policy.ended(100_000, RESTART.stableMs - 1);
    expect(policy.verdict(100_000)).toEqual({ kind: 'wait', waitMs: 1_000 });
  });

  test('gives up at one end more than its intensity, and until the quarantine is over', () => {
    const policy = policyWith({ intensity: 2, quarantineMs: 1_000_000 });
    expect([policy.ended(0, 5), policy.ended(1, 5), policy.ended(2, 5)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(policy.verdict(2)).toEqual({ kind: 'given-up', waitMs: 1_000_000 });
    expect(policy.verdict(1_000_001)).toEqual({ kind: 'given-up', waitMs: 1 });
    expect(policy.verdict(1_000_002)).toEqual({ kind: 'now' });
  });

  test('gives up at the first end where no restart is allowed', () => {
    expect(policyWith({ intensity: 0 }).ended(0, 5)).toBe(true);
  });

  test('forgets ends that lie a period back', () => {
    const policy = policyWith({ intensity: 1, periodMs: 1_000 });
    expect([policy.ended(0, 5), policy.ended(1_000, 5), policy.ended(1_999, 5)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('counts anew after it gave up', () => {
    const policy = policyWith({ intensity: 1, quarantineMs: 10 });
    policy.ended(0, 5);
    expect(policy.ended(0, 5)).toBe(true);
    expect(policy.ended(10, 5)).toBe(false);
  });

  const rules = fc.record({
    initialMs: fc.integer({ min: 1, max: 100 }),
    factor: fc.integer({ min: 1, max: 4 }),
    maxMs: fc.integer({ min: 1, max: 500 }),
    intensity: fc.nat(6),
    periodMs: fc.integer({ min: 1, max: 1_000 }),
    stableMs: fc.integer({ min: 1, max: 400 }),
  });

  test('never goes on after more ends in a period than its intensity', () => {
    fc.assert(
      fc.property(rules, fc.array(fc.nat(400), { maxLength: 80 }), (some, runs) => {
        const policy = policyWith({ ...some, quarantineMs: some.periodMs });
        const survived: number[] = [];
        let nowMs = 0;
        for (const ranMs of runs) {
          for (
            let verdict = policy.verdict(nowMs);
            verdict.kind !== 'now';
            verdict = policy.verdict(nowMs)
          ) {
            nowMs += verdict.waitMs;
          }
          nowMs += ranMs;
          if (!policy.ended(nowMs, ranMs)) survived.push(nowMs);
        }
        for (const fromMs of survived) {
          const within = survived.filter((at) => at >= fromMs && at < fromMs + some.periodMs);
          expect(within.length).toBeLessThanOrEqual(some.intensity);
        }
      }),
    );
  });

  test('waits longer and longer, and never longer than it may', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 2, max: 40 }), (some, ends) => {
        const policy = policyWith({ ...some, intensity: 1_000, stableMs: 10_000 });
        let beforeMs = 0;
        for (let end = 0; end < ends; end += 1) {
          policy.ended(0, 5);
          const verdict = policy.verdict(0);
          const waitMs = verdict.kind === 'now' ? 0 : verdict.waitMs;
          expect(waitMs).toBeGreaterThanOrEqual(beforeMs);
          expect(waitMs).toBeLessThanOrEqual(some.maxMs);
          beforeMs = waitMs;
        }
      }),
    );
  });
});
