import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SystemicAlarm, type AlarmChange } from '../../src/escalation/systemic-alarm.js';
import { END_REASONS } from '../../src/vocabulary/end-reason.js';
import { ManualClock } from '../manual-clock.js';

function alarmOf(limit = 5) {
  const clock = new ManualClock();
  const told: AlarmChange[] = [];
  const listener = { alarmChanged: (change: AlarmChange) => void told.push(change) };
  const alarm = new SystemicAlarm({ limit, clock, listener });
  const fail = (...tenants: string[]) => {
    for (const tenant of tenants) alarm.ended(tenant, 'failed');
  };
  const succeed = (...tenants: string[]) => {
    for (const tenant of tenants) alarm.ended(tenant, 'completed');
  };
  return { alarm, clock, told, fail, succeed };
}

const FIVE = ['a', 'b', 'c', 'd', 'e'];

describe('the alarm', () => {
  test('is raised by five tenants that fail, and names them', () => {
    const { alarm, told, fail } = alarmOf();
    fail('a', 'b', 'c', 'd');
    expect(alarm.isRaised).toBe(false);
    fail('e');
    expect(alarm.isRaised).toBe(true);
    expect(told).toEqual([{ isRaised: true, failingCount: 5, tenantCount: 5, failing: FIVE }]);
  });

  test('is not raised by one tenant, however often it fails', () => {
    const { alarm, fail } = alarmOf();
    for (let n = 0; n < 500; n += 1) fail('a');
    expect(alarm.isRaised).toBe(false);
  });

  test('is raised by ends that a shared cause can have, not by limits and wishes of the tenants’ own', () => {
    const raising = END_REASONS.filter((reason) => {
      const { alarm } = alarmOf();
      for (const tenant of FIVE) alarm.ended(tenant, reason);
      return alarm.isRaised;
    });
    expect(raising).toEqual(['failed', 'isolate-crashed']);
    // Nor do they make anybody well.
    const clearing = END_REASONS.filter((reason) => {
      const { alarm, fail } = alarmOf();
      fail(...FIVE);
      for (const tenant of FIVE) alarm.ended(tenant, reason);
      return !alarm.isRaised;
    });
    expect(clearing).toEqual(['completed']);
  });

  test('is not raised while most tenants succeed', () => {
    const { alarm, fail, succeed } = alarmOf();
    succeed('1', '2', '3', '4', '5', '6');
    fail(...FIVE);
    expect(alarm.isRaised).toBe(false);
    fail('f');
    expect(alarm.isRaised).toBe(true);
  });

  test('takes the latest end of a tenant: who succeeds again has not failed', () => {
    const { alarm, fail, succeed } = alarmOf();
    for (const tenant of FIVE) {
      fail(tenant);
      succeed(tenant);
    }
    expect(alarm.isRaised).toBe(false);
  });

  test('forgets what is older than a minute', () => {
    const { alarm, clock, fail } = alarmOf();
    fail('a', 'b', 'c', 'd');
    clock.advance(60_000);
    fail('e');
    expect(alarm.isRaised).toBe(false);
  });

  test('is told once while it lasts', () => {
    const { told, fail } = alarmOf();
    fail(...FIVE, ...FIVE, 'f', 'g');
    expect(told).toHaveLength(1);
  });

  test('is cleared when less than a quarter fail, and not before', () => {
    const { alarm, told, fail, succeed } = alarmOf();
    fail(...FIVE);
    succeed('b', 'c', 'd');
    expect(alarm.isRaised).toBe(true);
    succeed('1', '2', '3');
    expect(alarm.isRaised).toBe(true);
    succeed('4');
    expect(told.at(-1)).toEqual({
      isRaised: false,
      failingCount: 2,
      tenantCount: 9,
      failing: ['a', 'e'],
    });
  });

  test('is cleared when a minute passes in which no session ends', () => {
    const { alarm, clock, told, fail } = alarmOf();
    fail(...FIVE);
    clock.advance(59_999);
    alarm.tick();
    expect(alarm.isRaised).toBe(true);
    clock.advance(1);
    alarm.tick();
    expect(told.at(-1)).toEqual({ isRaised: false, failingCount: 0, tenantCount: 0, failing: [] });
  });

  test('names no more than twenty', () => {
    const { told, fail } = alarmOf(30);
    fail(...Array.from({ length: 30 }, (_, n) => `t${n}`));
    expect(told[0]).toMatchObject({ failingCount: 30 });
    expect(told[0]!.failing).toHaveLength(20);
    expect(told[0]!.failing.at(-1)).toBe('t29');
  });
});

test('no more tenants are remembered than a pool knows', () => {
  const { alarm, told, fail, succeed } = alarmOf(1);
  fail('first');
  succeed(...Array.from({ length: 10_000 }, (_, n) => `t${n}`));
  expect(told.at(-1)).toMatchObject({ isRaised: false });
  fail('t0', 'last');
  expect(alarm.isRaised).toBe(false);
  fail(...Array.from({ length: 4_998 }, (_, n) => `t${n}`));
  expect(alarm.isRaised).toBe(false);
  fail('t4999');
  expect(told.at(-1)).toMatchObject({ isRaised: true, failingCount: 5_000, tenantCount: 10_000 });
});

test('the counts are those of a plain recount, whatever ends when', () => {
  const end = fc.record({
    tenant: fc.nat(12).map(String),
    isFailure: fc.boolean(),
    laterMs: fc.integer({ min: 0, max: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(end, { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), (ends, limit) => {
      const { alarm, clock } = alarmOf(limit);
      const latest = new Map<string, { atMs: number; isFailure: boolean }>();
      let isRaised = false;
      for (const { tenant, isFailure, laterMs } of ends) {
        clock.advance(laterMs);
        alarm.ended(tenant, isFailure ? 'failed' : 'completed');
        latest.set(tenant, { atMs: clock.nowMs(), isFailure });
        const seen = [...latest.values()].filter(({ atMs }) => clock.nowMs() - atMs < 60_000);
        const share = seen.filter((one) => one.isFailure).length / seen.length;
        const failing = share * seen.length;
        isRaised = isRaised ? share >= 0.25 : Math.round(failing) >= limit && share >= 0.5;
        expect(alarm.isRaised).toBe(isRaised);
      }
    }),
  );
});
