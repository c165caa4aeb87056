import { describe, expect, test } from '@jest/globals';
import type { HeldBy } from '../../src/escalation/decision.js';
import type { Actor } from '../../src/vocabulary/actor.js';
import type { Rung } from '../../src/vocabulary/rung.js';
import { pass, testEscalation } from './test-escalation.js';

const ALICE: Actor = { kind: 'operator', uid: 1_000, via: 'socket' };

describe('a person', () => {
  test('isolates a tenant without end, also where nothing is enforced', () => {
    const it = testEscalation({ enforce: false });
    const decision = it.escalation.isolate('acme', 'quarantined', ALICE);
    expect(decision).toMatchObject({
      kind: 'isolated',
      from: 'coroutine',
      to: 'quarantined',
      carriedOut: true,
      forMs: null,
      actor: ALICE,
    });
    expect(it.told).toEqual([decision]);
    pass(it, 7_200_000);
    expect(it.escalation.stateOf('acme')).toMatchObject({
      state: 'confined',
      rung: 'quarantined',
      isByHand: true,
      leftMs: null,
    });
  });

  test('releases a tenant to its floor at once, with a clean sheet', () => {
    const it = testEscalation();
    it.offend('out-of-memory');
    it.offend('crash', { rung: 'process' });
    const decision = it.escalation.release('acme', ALICE);
    expect(decision).toMatchObject({
      kind: 'released',
      from: 'process',
      to: 'coroutine',
      score: 2,
    });
    expect(it.escalation.stateOf('acme')).toMatchObject({
      state: 'free',
      score: 0,
      relapses: 0,
      evidenceCount: 0,
    });
    pass(it, 300_000);
    expect(it.kinds()).toEqual(['escalated', 'released']);
  });

  test('pins a tenant: it stays whatever it does, until it is unpinned', () => {
    const it = testEscalation();
    it.escalation.pin('acme', 'thread', ALICE);
    for (let n = 0; n < 9; n += 1) it.offend('hard-kill', { rung: 'thread' });
    expect(it.escalation.stateOf('acme')).toMatchObject({ state: 'pinned', pin: 'thread' });
    expect(it.told.map(({ kind, heldBy }) => [kind, heldBy])).toEqual([
      ['pinned', null],
      ['escalated', 'pinned'],
    ]);
    it.kinds();
    expect(it.escalation.unpin('acme', ALICE)).toMatchObject({ from: 'thread', to: 'coroutine' });
    expect(it.escalation.unpin('acme', ALICE)).toBeNull();
    expect(it.kinds()).toEqual(['unpinned']);
    expect(it.escalation.stateOf('acme')).toMatchObject({ state: 'free', pin: null, score: 0 });
  });

  test('moves a pinned tenant only by another pin', () => {
    const it = testEscalation({}, { pin: 'thread' });
    expect(it.escalation.isolate('acme', 'process', ALICE).heldBy).toBe('pinned');
    expect(it.escalation.release('acme', ALICE).heldBy).toBe('pinned');
    expect(it.escalation.rungFor('acme')).toBe('thread');
    expect(it.escalation.pin('acme', 'process', ALICE).carriedOut).toBe(true);
    expect(it.escalation.rungFor('acme')).toBe('process');
  });

  test('takes a tenant out of the runtime’s time', () => {
    const it = testEscalation();
    it.offend('out-of-memory');
    it.escalation.isolate('acme', 'thread', ALICE);
    pass(it, 300_000);
    expect(it.escalation.stateOf('acme')).toMatchObject({ state: 'confined', rung: 'thread' });
  });

  test('does not keep a confined tenant from climbing on', () => {
    const it = testEscalation();
    it.escalation.isolate('acme', 'thread', ALICE);
    it.offend('out-of-memory', { rung: 'thread' });
    expect(it.told.at(-1)).toMatchObject({ kind: 'escalated', to: 'process', forMs: null });
    expect(it.escalation.stateOf('acme').isByHand).toBe(true);
  });
});

describe('what a person asks for outside the bounds is told as not carried out', () => {
  test.each<readonly ['isolate' | 'pin', Rung, HeldBy | null]>([
    ['isolate', 'coroutine', 'floor'],
    ['isolate', 'thread', 'floor'],
    ['isolate', 'process', null],
    ['isolate', 'quarantined', 'ceiling'],
    ['pin', 'coroutine', 'floor'],
    ['pin', 'thread', null],
    ['pin', 'process', null],
    ['pin', 'quarantined', 'ceiling'],
  ])('%s to %s with a floor of thread and a ceiling of process', (call, rung, heldBy) => {
    const it = testEscalation({}, { start: 'thread', floor: 'thread', ceiling: 'process' });
    const decision = it.escalation[call]('acme', rung, ALICE);
    expect([decision.heldBy, decision.carriedOut]).toEqual([heldBy, heldBy === null]);
    expect(it.told).toEqual([decision]);
    expect(it.escalation.rungFor('acme')).toBe(heldBy === null ? rung : 'thread');
  });

  test('where no isolate can be had', () => {
    const it = testEscalation();
    it.world.room = () => false;
    expect(it.escalation.isolate('acme', 'thread', ALICE).heldBy).toBe('isolate-limit');
    it.world.canRunOn = () => 'no-isolates';
    expect(it.escalation.pin('acme', 'process', ALICE).heldBy).toBe('no-isolates');
    expect(it.escalation.isolate('acme', 'quarantined', ALICE).heldBy).toBeNull();
    expect(it.escalation.rungFor('acme')).toBe('quarantined');
  });
});
