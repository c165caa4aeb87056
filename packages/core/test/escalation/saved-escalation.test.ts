import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Actor } from '../../src/vocabulary/actor.js';
import { RUNGS } from '../../src/vocabulary/rung.js';
import { pass, testEscalation, type TestEscalation } from './test-escalation.js';

const ALICE: Actor = { kind: 'operator', uid: null, via: 'api' };
const HOUR_MS = 3_600_000;

/** As the disk gives it back. */
const saved = ({ escalation }: TestEscalation): unknown =>
  JSON.parse(JSON.stringify(escalation.save('acme')));

/** A pool that starts anew: its monotonic clock begins anywhere, the wall clock is `skewMs` off. */
function restarted(
  before: TestEscalation,
  {
    skewMs = 0,
    options = {},
    bounds = {},
  }: Partial<Record<'options' | 'bounds', object>> & {
    skewMs?: number;
  } = {},
): TestEscalation {
  const after = testEscalation(options, bounds);
  const epochMs = before.clock.epochMs() + skewMs;
  after.clock.advance(777_777);
  const offsetMs = epochMs - after.clock.nowMs();
  after.clock.epochMs = () => offsetMs + after.clock.nowMs();
  const answer = after.escalation.restore('acme', saved(before), after.clock.nowMs(), epochMs);
  expect(answer).toBe(true);
  return after;
}

/** Confined to a process for 60 s, of which it has served 20. */
function confined(): TestEscalation {
  const it = testEscalation();
  it.offend('out-of-memory');
  pass(it, 20_000);
  it.offend('crash', { rung: 'process' });
  return it;
}

describe('a tenant that was saved', () => {
  test('is the same after it is restored', () => {
    const before = confined();
    const after = restarted(before);
    const { lastOffence, ...row } = before.escalation.stateOf('acme');
    const { lastOffence: restoredOffence, ...restoredRow } = after.escalation.stateOf('acme');
    expect(restoredRow).toEqual(row);
    expect(restoredOffence).toEqual({ ...lastOffence, atMs: after.clock.nowMs() });
    pass(after, 39_000);
    expect(after.kinds()).toEqual([]);
    pass(after, 1_000);
    expect(after.kinds()).toEqual(['probation']);
  });

  test.each([
    ['keeps what is surely its own doing', {}, null],
    [
      'of a file without it has nothing that is surely its own doing',
      { ownScore: undefined },
      'systemic',
    ],
  ] as const)('%s', (_what, changed, heldBy) => {
    const before = testEscalation();
    before.offend('hard-kill');
    const after = testEscalation();
    const kept = { ...(saved(before) as object), ...changed };
    const { clock } = after;
    expect(after.escalation.restore('acme', kept, clock.nowMs(), clock.epochMs())).toBe(true);
    after.alarm.isRaised = true;
    after.offend('hard-kill');
    expect(after.told).toMatchObject([{ heldBy }]);
  });

  test('is the same in whatever way it got there, save and restore without end', () => {
    const step = fc.oneof(
      fc.constantFrom('out-of-memory' as const, 'crash' as const, 'block' as const),
      fc.integer({ min: 1, max: 90_000 }),
      fc.constantFrom(...RUNGS),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const it = testEscalation();
        for (const step of steps) {
          if (typeof step === 'number') pass(it, step);
          else if (step === 'out-of-memory' || step === 'crash' || step === 'block') {
            it.offend(step, { rung: it.escalation.rungFor('acme') });
          } else if (step === 'thread') it.escalation.isolate('acme', 'quarantined', ALICE);
          else if (step === 'process') it.escalation.pin('acme', 'process', ALICE);
          else if (step === 'coroutine') it.escalation.release('acme', ALICE);
        }
        if (it.escalation.save('acme') === null) return;
        const after = restarted(it);
        expect(saved(after)).toEqual({
          ...(saved(it) as object),
          evidence: it.escalation.save('acme')!.evidence.map((entry) => ({
            ...entry,
            offence: { ...entry.offence, atMs: expect.any(Number) },
          })),
        });
      }),
      { numRuns: 200 },
    );
  });

  test.each([-HOUR_MS, HOUR_MS])(
    'serves exactly what was left where the clock was moved by %d ms',
    (skewMs) => {
      const after = restarted(confined(), { skewMs });
      expect(after.escalation.stateOf('acme')).toMatchObject({
        state: 'confined',
        rung: 'process',
        leftMs: 40_000,
      });
      pass(after, 39_000);
      expect(after.kinds()).toEqual([]);
      pass(after, 1_000);
      expect(after.kinds()).toEqual(['probation']);
    },
  );

  test.each([-HOUR_MS, HOUR_MS])(
    'is not let go of a probation earlier or later by a clock moved by %d ms',
    (skewMs) => {
      const before = confined();
      pass(before, 50_000);
      expect(before.escalation.stateOf('acme')).toMatchObject({ state: 'probation' });
      const leftMs = before.escalation.stateOf('acme').leftMs!;
      const after = restarted(before, { skewMs });
      expect(after.escalation.stateOf('acme')).toMatchObject({ state: 'probation', leftMs });
    },
  );

  test('has a score that decayed meanwhile, and not where the clock was set back', () => {
    const { score } = confined().escalation.stateOf('acme');
    const later = restarted(confined(), { skewMs: 60_000 });
    expect(later.escalation.stateOf('acme').score).toBeCloseTo(score / 2, 9);
    const earlier = restarted(confined(), { skewMs: -HOUR_MS });
    expect(earlier.escalation.stateOf('acme').score).toBeCloseTo(score, 9);
  });

  test('never began in the future', () => {
    const after = restarted(confined(), { skewMs: -HOUR_MS });
    const { sinceEpochMs } = after.escalation.stateOf('acme');
    expect(sinceEpochMs).toBeLessThanOrEqual(after.clock.epochMs());
  });

  test('counts in the share of those who are moved up', () => {
    const after = restarted(confined(), { options: { maxEjectedRatio: 0 } });
    after.offend('out-of-memory', { tenant: 'zeta' });
    expect(after.told.at(-1)).toMatchObject({ tenant: 'zeta', heldBy: 'ejection-share' });
  });

  test('is held by the bounds of today', () => {
    const ceiling = restarted(confined(), { bounds: { ceiling: 'thread' } });
    expect(ceiling.escalation.rungFor('acme')).toBe('thread');
    const floor = restarted(confined(), { bounds: { start: 'process', floor: 'process' } });
    expect(floor.escalation.stateOf('acme')).toMatchObject({ state: 'free', rung: 'process' });
    const pinned = restarted(confined(), { bounds: { pin: 'coroutine' } });
    expect(pinned.escalation.rungFor('acme')).toBe('coroutine');
  });

  test('serves no longer than the rules of today allow', () => {
    const options = { confinementMs: 1_000, maxConfinementMs: 5_000 };
    expect(restarted(confined(), { options }).escalation.stateOf('acme').leftMs).toBe(5_000);
  });

  test('is free where nothing is enforced, unless a person has confined or pinned it', () => {
    const options = { enforce: false };
    const observed = restarted(confined(), { options });
    expect(observed.escalation.stateOf('acme')).toMatchObject({ state: 'free', evidenceCount: 2 });
    const isolated = testEscalation();
    isolated.escalation.isolate('acme', 'process', ALICE);
    expect(restarted(isolated, { options }).escalation.rungFor('acme')).toBe('process');
    const pinned = testEscalation();
    pinned.escalation.pin('acme', 'thread', ALICE);
    expect(restarted(pinned, { options }).escalation.stateOf('acme').pin).toBe('thread');
  });

  test('that is free goes where its settings of today place it', () => {
    const before = testEscalation({}, { start: 'process', floor: 'process' });
    before.offend('crash', { rung: 'process' });
    expect(restarted(before).escalation.rungFor('acme')).toBe('coroutine');
  });
});

test.each([
  ['nothing', null],
  ['text', 'acme'],
  ['an empty object', {}],
  ['another version', { version: 2 }],
  ['a score that is no number', { score: 'NaN' }],
  ['a rung that does not exist', { rung: 'jail' }],
  ['a negative time', { leftMs: -5 }],
])('%s is not restored, and changes nothing', (_what, some) => {
  const it = confined();
  const row = it.escalation.stateOf('acme');
  const damaged =
    typeof some === 'object' && some !== null ? { ...(saved(it) as object), ...some } : some;
  const input = _what === 'an empty object' ? {} : damaged;
  expect(it.escalation.restore('acme', input, it.clock.nowMs(), it.clock.epochMs())).toBe(false);
  expect(it.escalation.stateOf('acme')).toEqual(row);
});

test('there is nothing to save of a tenant of whom nothing is known', () => {
  expect(testEscalation().escalation.save('acme')).toBeNull();
});
