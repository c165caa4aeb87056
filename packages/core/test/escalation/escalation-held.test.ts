import { describe, expect, test } from '@jest/globals';
import type { HeldBy } from '../../src/escalation/decision.js';
import { pass, testEscalation, type TestEscalation } from './test-escalation.js';

const held = (it: TestEscalation) => it.told.map(({ heldBy }) => heldBy);

describe('a decision that cannot be carried out is told, and the tenant stays', () => {
  test.each<readonly [HeldBy, () => TestEscalation]>([
    ['not-enforced', () => testEscalation({ enforce: false })],
    ['ceiling', () => testEscalation({}, { ceiling: 'coroutine' })],
    ['pinned', () => testEscalation({}, { pin: 'coroutine' })],
    [
      'isolate-limit',
      () => {
        const it = testEscalation();
        it.world.room = () => false;
        return it;
      },
    ],
    [
      'no-isolates',
      () => {
        const it = testEscalation();
        it.world.canRunOn = () => 'no-isolates';
        return it;
      },
    ],
    [
      'not-portable',
      () => {
        const it = testEscalation();
        it.world.canRunOn = (_tenant, _rung, agents) =>
          agents.includes('echo') ? 'not-portable' : null;
        return it;
      },
    ],
  ])('%s', (heldBy, make) => {
    const it = make();
    it.offend('hard-kill');
    it.offend('hard-kill');
    expect(it.told).toHaveLength(1);
    expect(it.told[0]).toMatchObject({
      kind: 'escalated',
      from: 'coroutine',
      to: 'thread',
      carriedOut: false,
      heldBy,
      forMs: null,
    });
    expect(it.told[0]!.evidence).toHaveLength(2);
    expect(it.escalation.rungFor('acme')).toBe('coroutine');
    expect(it.escalation.stateOf('acme').score).toBe(6);
  });
});

describe('what is held', () => {
  test('is told once a minute at most while its reason is the same', () => {
    const it = testEscalation({ enforce: false });
    for (let second = 0; second < 121; second += 1) {
      it.offend('block', { durationMs: 300 });
      it.clock.advance(1_000);
    }
    expect(held(it)).toEqual(['not-enforced', 'not-enforced']);
  });

  test('is told again when it is held by something else', () => {
    const it = testEscalation();
    for (let n = 0; n < 2; n += 1) it.offend('crash');
    it.alarm.isRaised = true;
    for (let n = 0; n < 2; n += 1) it.offend('block');
    it.alarm.isRaised = false;
    it.world.room = () => false;
    for (let n = 0; n < 2; n += 1) it.offend('block');
    expect(held(it)).toEqual(['systemic', 'isolate-limit']);
  });

  test('is told at once on the next rung, though it was told a moment ago on the last', () => {
    const it = testEscalation();
    it.world.room = () => false;
    it.offend('hard-kill');
    it.offend('hard-kill');
    it.world.room = () => true;
    it.offend('hard-kill');
    it.world.room = () => false;
    it.offend('hard-kill', { rung: 'thread' });
    it.offend('hard-kill', { rung: 'thread' });
    expect(it.told.map(({ to, heldBy }) => [to, heldBy])).toEqual([
      ['thread', 'isolate-limit'],
      ['thread', null],
      ['process', 'isolate-limit'],
    ]);
  });

  test('is carried out at the next offence after the obstacle is gone', () => {
    const it = testEscalation();
    it.world.room = () => false;
    it.offend('hard-kill');
    it.offend('hard-kill');
    it.world.room = () => true;
    it.offend('block', { durationMs: 10 });
    expect(it.told.map(({ carriedOut }) => carriedOut)).toEqual([false, true]);
  });

  test('is not carried out later for a tenant that has stopped', () => {
    const it = testEscalation();
    it.world.room = () => false;
    it.offend('hard-kill');
    it.offend('hard-kill');
    it.world.room = () => true;
    pass(it, 60_000);
    expect(it.told).toHaveLength(1);
  });
});

describe('while many tenants fail together', () => {
  /** Crashes of before the alarm, which may have the cause that all share. */
  function alarmed(): TestEscalation {
    const it = testEscalation();
    for (let n = 0; n < 2; n += 1) it.offend('crash');
    it.alarm.isRaised = true;
    return it;
  }

  test('a tenant stays whose own doing alone would not be enough, and all of it is told', () => {
    const it = alarmed();
    it.offend('block');
    expect(it.told).toHaveLength(1);
    expect(it.told[0]).toMatchObject({ to: 'thread', carriedOut: false, heldBy: 'systemic' });
    expect(it.told[0]).toMatchObject({ score: 6, evidence: { length: 3 } });
    expect(it.escalation.rungFor('acme')).toBe('coroutine');
  });

  test('a tenant goes up for what only it can have caused, and is told no more than that', () => {
    const it = alarmed();
    for (let n = 0; n < 3; n += 1) it.offend('block');
    it.offend('crash');
    expect(held(it)).toEqual(['systemic', null]);
    expect(it.told[1]).toMatchObject({ kind: 'escalated', to: 'thread', score: 6 });
    expect(it.told[1]!.evidence.map(({ kind }) => kind)).toEqual(['block', 'block', 'block']);
  });

  test.each([
    ['block', 'thread'],
    ['hard-kill', 'thread'],
    ['cpu-hog', 'thread'],
    ['allocation-hog', 'process'],
    ['out-of-memory', 'process'],
  ] as const)('a tenant goes up for %s, to a %s', (kind, to) => {
    const it = testEscalation();
    it.alarm.isRaised = true;
    for (let n = 0; n < 4 && it.told.length === 0; n += 1) it.offend(kind);
    expect(it.told[0]).toMatchObject({ kind: 'escalated', to, carriedOut: true });
  });
});

describe('the share of tenants that are moved up', () => {
  const crash = (it: TestEscalation, tenant: string) => {
    for (let n = 0; n < 3; n += 1) it.offend('crash', { tenant });
  };

  test('is never passed', () => {
    const it = testEscalation();
    for (const tenant of ['a', 'b', 'c', 'd']) crash(it, tenant);
    expect(held(it)).toEqual([null, null, 'ejection-share', 'ejection-share']);
  });

  test('leaves room for one, however few tenants there are', () => {
    const it = testEscalation({ maxEjectedRatio: 0 });
    it.world.knownTenants = () => 2;
    for (const tenant of ['a', 'b']) crash(it, tenant);
    expect(held(it)).toEqual([null, 'ejection-share']);
  });

  test('keeps nobody from going further up', () => {
    const it = testEscalation();
    for (const tenant of ['a', 'b']) crash(it, tenant);
    for (let n = 0; n < 3; n += 1) it.offend('crash', { tenant: 'a', rung: 'thread' });
    expect(it.escalation.rungFor('a')).toBe('process');
  });

  test('has room again when a tenant is let go', () => {
    const it = testEscalation({ maxEjectedRatio: 0 });
    crash(it, 'a');
    pass(it, 120_000);
    crash(it, 'b');
    expect(it.told.map(({ kind }) => kind)).toEqual([
      'escalated',
      'probation',
      'released',
      'escalated',
    ]);
  });

  test('does not count those that a person has confined, or that begin above their floor', () => {
    const it = testEscalation({ maxEjectedRatio: 0 }, { c: { start: 'process' } });
    it.escalation.isolate('a', 'process', { kind: 'operator', uid: 1, via: 'api' });
    it.escalation.rungFor('c');
    crash(it, 'b');
    expect(held(it)).toEqual([null, null]);
  });
});
