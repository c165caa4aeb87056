import { describe, expect, test } from '@jest/globals';
import { Ladder, type LadderRules } from '../../src/escalation/ladder.js';
import type { LadderBounds } from '../../src/tenant/tenant-escalation.js';
import { thrownBy } from '../caught.js';
import { LOOSE } from './test-escalation.js';

const RULES: LadderRules = {
  enforce: true,
  confinementMs: 60_000,
  maxConfinementMs: 600_000,
  probationMs: 30_000,
  healthyMs: 100_000,
};

const ladderOf = (bounds: Partial<LadderBounds> = {}, rules: Partial<LadderRules> = {}): Ladder =>
  new Ladder({ ...LOOSE, ...bounds }, { ...RULES, ...rules }, 0);
const place = ({ state, rung, canaryRung }: Ladder) => [state, rung, canaryRung];

describe('a tenant', () => {
  test('begins free on its floor', () => {
    expect(place(ladderOf())).toEqual(['free', 'coroutine', null]);
    const process = ladderOf({ start: 'process', floor: 'process' });
    expect(place(process)).toEqual(['free', 'process', null]);
  });

  test('that begins above its floor works its way down from there', () => {
    const ladder = ladderOf({ start: 'process' });
    expect([...place(ladder), ladder.leftMs(0)]).toEqual(['confined', 'process', null, 60_000]);
    ladder.advance(60_000);
    ladder.advance(90_000);
    expect([...place(ladder), ladder.isEjected]).toEqual(['confined', 'thread', null, false]);
  });

  test('that begins above its floor stays there where nothing is enforced', () => {
    const ladder = ladderOf({ start: 'process' }, { enforce: false });
    expect([...place(ladder), ladder.leftMs(0)]).toEqual(['free', 'process', null, null]);
  });

  test('that an option pins is pinned from the start', () => {
    expect(place(ladderOf({ pin: 'thread' }))).toEqual(['pinned', 'thread', null]);
  });
});

describe('the way back', () => {
  test('is served time, a canary share one rung down, then the next rung, to the floor', () => {
    const ladder = ladderOf();
    ladder.climb('process', 0);
    expect(ladder.advance(59_999)).toBeNull();
    expect(ladder.advance(60_000)).toEqual({
      kind: 'probation',
      from: 'process',
      to: 'thread',
      forMs: 30_000,
    });
    expect(place(ladder)).toEqual(['probation', 'process', 'thread']);
    expect(ladder.advance(89_999)).toBeNull();
    expect(ladder.advance(90_000)).toEqual({
      kind: 'stepped-down',
      from: 'process',
      to: 'thread',
      forMs: 60_000,
    });
    expect(ladder.advance(150_000)?.kind).toBe('probation');
    expect(place(ladder)).toEqual(['probation', 'thread', 'coroutine']);
    expect(ladder.advance(180_000)).toEqual({
      kind: 'released',
      from: 'thread',
      to: 'coroutine',
      forMs: null,
    });
    expect([...place(ladder), ladder.leftMs(180_000)]).toEqual(['free', 'coroutine', null, null]);
  });

  test('out of quarantine begins with a canary share in a process', () => {
    const ladder = ladderOf();
    ladder.climb('quarantined', 0);
    ladder.advance(60_000);
    expect(place(ladder)).toEqual(['probation', 'quarantined', 'process']);
  });

  test('ends on the floor, not below it', () => {
    const ladder = ladderOf({ start: 'thread', floor: 'thread' });
    ladder.climb('process', 0);
    ladder.advance(60_000);
    expect(ladder.advance(90_000)).toMatchObject({ kind: 'released', to: 'thread' });
  });

  test('takes one step at a time, however late it is looked at', () => {
    const ladder = ladderOf();
    ladder.climb('thread', 0);
    expect(ladder.advance(9_000_000)?.kind).toBe('probation');
    expect(ladder.advance(9_000_000)).toBeNull();
    expect(ladder.leftMs(9_000_000)).toBe(30_000);
  });
});

describe('the time to serve', () => {
  /** Confined, put on probation, and back at once. */
  function relapse(ladder: Ladder, nowMs: number): number {
    ladder.advance(nowMs);
    ladder.relapse('thread', nowMs);
    return ladder.leftMs(nowMs)!;
  }

  test('grows by the base with each relapse, to the cap', () => {
    const ladder = ladderOf();
    ladder.climb('thread', 0);
    let nowMs = 0;
    const served = Array.from({ length: 12 }, () => {
      nowMs += ladder.leftMs(nowMs)!;
      return relapse(ladder, nowMs);
    });
    expect(served.slice(0, 4)).toEqual([120_000, 180_000, 240_000, 300_000]);
    expect(served.slice(-4)).toEqual([600_000, 600_000, 600_000, 600_000]);
    expect(ladder.relapsesAt(nowMs)).toBe(12);
  });

  test('is longer when a tenant that was let go comes back soon', () => {
    const ladder = ladderOf();
    ladder.climb('thread', 0);
    ladder.advance(60_000);
    ladder.advance(90_000);
    ladder.climb('thread', 189_999);
    expect([ladder.relapsesAt(189_999), ladder.leftMs(189_999)]).toEqual([1, 120_000]);
  });

  test('is the first one again after healthy periods, one relapse for each', () => {
    const ladder = ladderOf();
    ladder.climb('thread', 0);
    relapse(ladder, 60_000);
    relapse(ladder, 180_000);
    ladder.advance(360_000);
    ladder.advance(390_000);
    expect([390_000, 489_999, 490_000, 590_000].map((at) => ladder.relapsesAt(at))).toEqual([
      2, 2, 1, 0,
    ]);
    ladder.climb('thread', 690_000);
    expect(ladder.leftMs(690_000)).toBe(60_000);
  });

  test('is not shortened by an offence-free time in confinement', () => {
    const ladder = ladderOf({}, { healthyMs: 1_000 });
    ladder.climb('thread', 0);
    relapse(ladder, 60_000);
    expect(ladder.relapsesAt(170_000)).toBe(1);
  });

  test('counts the healthy time from the last offence', () => {
    const ladder = ladderOf();
    ladder.climb('thread', 0);
    relapse(ladder, 60_000);
    ladder.advance(180_000);
    ladder.advance(210_000);
    ladder.offended(309_000);
    expect(ladder.relapsesAt(408_999)).toBe(1);
    expect(ladder.relapsesAt(409_000)).toBe(0);
  });
});

describe('by hand', () => {
  test('a tenant is confined until it is released, also when it climbs on', () => {
    const ladder = ladderOf();
    ladder.isolate('thread', 0);
    expect([ladder.leftMs(0), ladder.isByHand, ladder.isEjected]).toEqual([null, true, false]);
    ladder.climb('process', 1);
    expect([ladder.leftMs(1), ladder.isByHand, ladder.advance(9e9)]).toEqual([null, true, null]);
    ladder.release(2);
    expect([...place(ladder), ladder.isByHand]).toEqual(['free', 'coroutine', null, false]);
  });

  test('release forgets relapses', () => {
    const ladder = ladderOf();
    ladder.climb('thread', 0);
    ladder.advance(60_000);
    ladder.relapse('thread', 60_000);
    ladder.release(60_001);
    ladder.climb('thread', 60_002);
    expect(ladder.leftMs(60_002)).toBe(60_000);
  });

  test('a pin holds until it is lifted, and then the tenant is where it began', () => {
    const ladder = ladderOf({ start: 'thread', floor: 'thread' });
    ladder.pin('quarantined', 0);
    expect([...place(ladder), ladder.advance(9e9)]).toEqual(['pinned', 'quarantined', null, null]);
    ladder.unpin(5);
    expect(place(ladder)).toEqual(['free', 'thread', null]);
  });
});

test('a step the table does not have is a bug of ours', () => {
  const free = ladderOf();
  free.pin('thread', 0);
  free.unpin(0);
  const pinned = ladderOf({ pin: 'thread' });
  const kept = { ...pinned.positionAt(0), state: 'probation' as const };
  expect(() => free.resume(kept, 0, 0)).not.toThrow();
  free.pin('thread', 0);
  expect(thrownBy(() => free.resume(kept, 0, 0)).code).toBe('TENANTRY_INTERNAL');
});
