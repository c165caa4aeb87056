import { describe, expect, test } from '@jest/globals';
import { pass, testEscalation } from './test-escalation.js';

describe('a tenant whose score reaches the threshold', () => {
  test('moves up one rung, and is told once, with all that led to it', () => {
    const it = testEscalation();
    for (let n = 0; n < 3; n += 1) {
      if (n > 0) it.clock.advance(1_000);
      it.offend('block', { place: { function: 'f', file: 'a.js', line: n + 1 } });
    }
    expect(it.told).toHaveLength(1);
    const [decision] = it.told;
    expect(decision).toMatchObject({
      kind: 'escalated',
      tenant: 'acme',
      from: 'coroutine',
      to: 'thread',
      carriedOut: true,
      heldBy: null,
      threshold: 5,
      relapses: 0,
      forMs: 60_000,
      actor: { kind: 'runtime' },
    });
    expect(decision!.score).toBeCloseTo(2 * (1 + 0.5 ** (1 / 60) + 0.5 ** (2 / 60)), 9);
    expect(decision!.evidence.map(({ place }) => place?.line)).toEqual([1, 2, 3]);
    expect(it.escalation.rungFor('acme')).toBe('thread');
  });

  test('is judged anew on the next rung', () => {
    const it = testEscalation();
    it.offend('hard-kill');
    it.offend('hard-kill');
    expect(it.escalation.stateOf('acme')).toMatchObject({ rung: 'thread', score: 0 });
    it.offend('crash', { rung: 'thread' });
    it.offend('crash', { rung: 'thread' });
    expect(it.kinds()).toEqual(['escalated']);
    it.offend('crash', { rung: 'thread' });
    expect(it.kinds()).toEqual(['escalated']);
    expect(it.escalation.rungFor('acme')).toBe('process');
  });

  test('goes from the process into quarantine, and not on from there', () => {
    const it = testEscalation({}, { start: 'process', floor: 'process' });
    for (let n = 0; n < 6; n += 1) it.offend('crash', { rung: 'process' });
    expect(it.told.map(({ kind, to }) => [kind, to])).toEqual([['quarantined', 'quarantined']]);
    expect(it.escalation.rungFor('acme')).toBe('quarantined');
  });

  test.each(['out-of-memory', 'allocation-hog'] as const)(
    'goes straight to a process where %s is among the evidence',
    (kind) => {
      const it = testEscalation();
      it.offend('crash');
      it.offend('crash');
      it.offend(kind);
      expect(it.told.map(({ to }) => to)).toEqual(['process']);
    },
  );

  test('goes from a thread to a process, not further, for memory', () => {
    const it = testEscalation({}, { start: 'thread', floor: 'thread' });
    it.offend('out-of-memory', { rung: 'thread' });
    expect(it.told.map(({ kind, to }) => [kind, to])).toEqual([['escalated', 'process']]);
  });

  test('goes as high as its ceiling where the rung for it would be higher', () => {
    const it = testEscalation({}, { ceiling: 'thread' });
    it.offend('out-of-memory');
    expect(it.told.map(({ to, carriedOut }) => [to, carriedOut])).toEqual([['thread', true]]);
  });
});

describe('what counts', () => {
  test('is nothing that sessions do which were left behind on a lower rung', () => {
    const it = testEscalation();
    it.offend('out-of-memory');
    expect(it.escalation.rungFor('acme')).toBe('process');
    for (let n = 0; n < 20; n += 1) it.offend('cpu-hog', { seconds: 10 });
    for (let n = 0; n < 20; n += 1) it.offend('crash', { rung: 'thread' });
    expect(it.escalation.stateOf('acme')).toMatchObject({ score: 0, evidenceCount: 20 });
    expect(it.told).toHaveLength(1);
  });

  test('is a block of no session wherever its tenant is: a schema runs on the shared loop', () => {
    const it = testEscalation();
    it.offend('out-of-memory');
    it.offend('block', { durationMs: 300 });
    expect(it.escalation.stateOf('acme').score).toBe(0);
    for (let n = 0; n < 2; n += 1) it.offend('block', { durationMs: 300, session: null });
    expect(it.told.map(({ to }) => to)).toEqual(['process', 'quarantined']);
  });

  test('is kept apart for each tenant', () => {
    const it = testEscalation();
    for (const tenant of ['a', 'b', 'c']) it.offend('hard-kill', { tenant });
    expect(it.told).toEqual([]);
    it.offend('hard-kill', { tenant: 'b' });
    expect(it.told.map(({ tenant }) => tenant)).toEqual(['b']);
  });

  test('during a systemic alarm is not what a broken dependency can cause', () => {
    const it = testEscalation();
    it.alarm.isRaised = true;
    for (let n = 0; n < 5; n += 1) it.offend('breaker-trip');
    for (let n = 0; n < 5; n += 1) it.offend('crash');
    expect(it.escalation.stateOf('acme')).toMatchObject({ score: 0, evidenceCount: 10 });
    it.offend('block');
    expect(it.escalation.stateOf('acme').score).toBe(2);
  });
});

describe('in a probation', () => {
  /** Confined in a thread, and its time served. */
  function onProbation(bounds: { ceiling?: 'thread' | 'process' } = {}) {
    const it = testEscalation({}, bounds);
    for (let n = 0; n < 2; n += 1) it.offend('hard-kill');
    pass(it, 60_000);
    expect(it.kinds()).toEqual(['escalated', 'probation']);
    return it;
  }

  test('a share of new sessions goes one rung down', () => {
    const it = onProbation();
    it.random = 0.0999;
    expect(it.escalation.rungFor('acme')).toBe('coroutine');
    it.random = 0.1;
    expect(it.escalation.rungFor('acme')).toBe('thread');
  });

  test('any offence sends the tenant back up at once, for longer', () => {
    const it = onProbation();
    it.random = 0;
    it.offend('block', { durationMs: 60 });
    expect(it.told.at(-1)).toMatchObject({
      kind: 'relapsed',
      from: 'coroutine',
      to: 'thread',
      relapses: 1,
      forMs: 120_000,
    });
    expect(it.told.at(-1)!.evidence).toHaveLength(1);
    expect(it.escalation.rungFor('acme')).toBe('thread');
  });

  test('a memory offence sends it past the thread', () => {
    const it = onProbation();
    it.offend('allocation-hog');
    expect(it.told.at(-1)).toMatchObject({ kind: 'relapsed', to: 'process' });
  });

  test('a memory offence sends it back where it was if no process can be had', () => {
    const it = onProbation();
    it.world.room = () => false;
    it.offend('allocation-hog');
    expect(it.told.at(-1)).toMatchObject({ kind: 'relapsed', to: 'thread', carriedOut: true });
  });

  test('a block of its own loop in the thread is no relapse', () => {
    const it = onProbation();
    it.offend('block', { rung: 'thread', durationMs: 5_000 });
    expect(it.kinds()).toEqual([]);
  });

  test('that stays clean the tenant is let go', () => {
    const it = onProbation();
    pass(it, 60_000);
    expect(it.kinds()).toEqual(['released']);
    expect(it.escalation.stateOf('acme')).toMatchObject({ state: 'free', rung: 'coroutine' });
  });

  test('what it did before does not count on the rung it is let go to', () => {
    const it = testEscalation();
    for (let n = 0; n < 2; n += 1) it.offend('hard-kill');
    pass(it, 59_000);
    for (let n = 0; n < 2; n += 1) it.offend('crash', { rung: 'thread' });
    pass(it, 60_000);
    expect(it.escalation.stateOf('acme').score).toBeGreaterThan(1.9);
    pass(it, 1_000);
    expect(it.escalation.stateOf('acme')).toMatchObject({ state: 'free', score: 0 });
  });

  test('a memory offence does not pass the share of tenants that may be moved up', () => {
    const it = testEscalation({ maxEjectedRatio: 0 }, { acme: { start: 'thread' } });
    it.escalation.rungFor('acme');
    pass(it, 60_000);
    it.offend('out-of-memory', { tenant: 'zeta' });
    it.offend('allocation-hog');
    expect(it.told.at(-1)).toMatchObject({ kind: 'relapsed', tenant: 'acme', to: 'thread' });
  });

  test.each(['thread', 'process'] as const)(
    'while an alarm is raised a tenant relapses by its own doing only, with a ceiling of %s',
    (ceiling) => {
      const it = onProbation({ ceiling });
      it.alarm.isRaised = true;
      for (const kind of ['crash', 'breaker-trip'] as const) it.offend(kind, { rung: 'thread' });
      expect(it.escalation.stateOf('acme').state).toBe('probation');
      it.offend('allocation-hog');
      expect(it.told.at(-1)).toMatchObject({ kind: 'relapsed', to: ceiling, carriedOut: true });
      expect(it.told.at(-1)!.evidence.map(({ kind }) => kind)).toEqual(['allocation-hog']);
    },
  );
});

test('the whole way from the first offence to release is told step by step', () => {
  const it = testEscalation();
  it.offend('out-of-memory');
  for (let n = 0; n < 3; n += 1) it.offend('crash', { rung: 'process' });
  pass(it, 600_000);
  expect(it.told.map(({ kind, from, to }) => `${kind} ${from} ${to}`)).toEqual([
    'escalated coroutine process',
    'quarantined process quarantined',
    'probation quarantined process',
    'stepped-down quarantined process',
    'probation process thread',
    'stepped-down process thread',
    'probation thread coroutine',
    'released thread coroutine',
  ]);
});

describe('a tenant of whom nothing is known', () => {
  test('starts on its own rung, and costs nothing', () => {
    const it = testEscalation({}, { start: 'thread', floor: 'thread' });
    expect(it.escalation.rungFor('acme')).toBe('thread');
    expect([...it.escalation.watched()]).toEqual([]);
  });

  test('is shown as free', () => {
    const it = testEscalation();
    expect(it.escalation.stateOf('acme')).toEqual({
      state: 'free',
      rung: 'coroutine',
      canaryRung: null,
      floor: 'coroutine',
      ceiling: 'quarantined',
      pin: null,
      isByHand: false,
      score: 0,
      threshold: 5,
      relapses: 0,
      leftMs: null,
      sinceEpochMs: it.clock.epochMs(),
      lastOffence: null,
      evidenceCount: 0,
    });
    expect([...it.escalation.watched()]).toEqual([]);
  });

  test('is that again after it was forgotten', () => {
    const it = testEscalation();
    it.offend('out-of-memory');
    it.escalation.forget('acme');
    pass(it, 200_000);
    expect(it.kinds()).toEqual(['escalated']);
    expect(it.escalation.rungFor('acme')).toBe('coroutine');
    expect(it.escalation.evidenceOf('acme')).toEqual([]);
  });
});

test('every offence puts off the time at which a relapse is forgotten', () => {
  const it = testEscalation();
  it.offend('out-of-memory');
  pass(it, 60_000);
  it.offend('crash', { rung: 'process' });
  // Twice as long in the process, a probation, twice as long in the thread, a probation.
  pass(it, 360_000);
  expect(it.kinds().at(-1)).toBe('released');
  const relapses = () => it.escalation.stateOf('acme').relapses;
  it.clock.advance(59_000);
  expect(relapses()).toBe(1);
  it.offend('block', { durationMs: 60 });
  it.clock.advance(59_999);
  expect(relapses()).toBe(1);
  it.clock.advance(1);
  expect(relapses()).toBe(0);
});

test('a row says for how long and since when, and what the last offence was', () => {
  const it = testEscalation();
  it.offend('out-of-memory');
  const sinceEpochMs = it.clock.epochMs();
  pass(it, 20_000);
  const row = it.escalation.stateOf('acme');
  expect(row).toMatchObject({ state: 'confined', rung: 'process', leftMs: 40_000, sinceEpochMs });
  expect(row.lastOffence?.kind).toBe('out-of-memory');
  expect(it.escalation.evidenceOf('acme')).toHaveLength(1);
});

test('an option’s pin holds from the first session', () => {
  const it = testEscalation({}, { pin: 'process' });
  expect(it.escalation.rungFor('acme')).toBe('process');
});

test('a tick looks at nobody while nobody serves time', () => {
  const it = testEscalation();
  let asked = 0;
  const nowMs = it.clock.nowMs.bind(it.clock);
  it.clock.nowMs = () => ((asked += 1), nowMs());
  for (let n = 0; n < 500; n += 1) it.offend('crash', { tenant: `t${n}` });
  asked = 0;
  it.escalation.tick();
  expect(asked).toBe(0);
});
