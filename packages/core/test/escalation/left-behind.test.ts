import { describe, expect, test } from '@jest/globals';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import type { Offence } from '../../src/escalation/offence.js';
import { LeftBehind } from '../../src/escalation/left-behind.js';

const block = (over: Partial<Offence> = {}): Offence =>
  ({
    kind: 'block',
    tenant: 'acme',
    session: 's1',
    agent: 'echo',
    rung: 'coroutine',
    place: null,
    atMs: 0,
    atEpochMs: 0,
    durationMs: 200,
    ...over,
  }) as Offence;

describe('a session that was left behind', () => {
  test('has offended too often at the threshold, which is told once', () => {
    const left = new LeftBehind(EscalationOptions.parse({ threshold: 5 }));
    const told = [1, 2, 3, 4].map(() => left.offended(block(), 'thread'));
    expect(told).toEqual([false, false, true, false]);
    left.ended('s1');
    expect(left.offended(block(), 'thread')).toBe(false);
  });

  test('that offends now and then is left alone: what it did decays', () => {
    const left = new LeftBehind(EscalationOptions.parse({ threshold: 5, halfLifeMs: 1_000 }));
    const told = [0, 2_000, 4_000, 6_000].map((atMs) => left.offended(block({ atMs }), 'thread'));
    expect(told).toEqual([false, false, false, false]);
  });

  test.each<[string, Partial<Offence>, 'coroutine' | 'thread']>([
    ['where its tenant is placed', {}, 'coroutine'],
    ['of no session', { session: null }, 'thread'],
    ['of no rung', { rung: null }, 'thread'],
    ['in an isolate, whose loop is its own', { rung: 'thread' }, 'thread'],
  ])('is none %s', (_what, over, rung) => {
    const left = new LeftBehind(EscalationOptions.parse({ threshold: 1 }));
    expect(left.offended(block(over), rung)).toBe(false);
  });

  test('is left alone by a pool that only observes', () => {
    const left = new LeftBehind(EscalationOptions.parse({ enforce: false, threshold: 1 }));
    expect(left.offended(block(), 'thread')).toBe(false);
  });
});
