import { describe, expect, test } from '@jest/globals';
import { Ladder, type LadderRules } from '../../src/escalation/ladder.js';
import type { LadderBounds } from '../../src/tenant/tenant-escalation.js';
import { LOOSE } from './test-escalation.js';

const RULES: LadderRules = {
  enforce: true,
  confinementMs: 60_000,
  maxConfinementMs: 600_000,
  probationMs: 30_000,
  healthyMs: 100_000,
};

type Before = (ladder: Ladder) => void;
const nothing: Before = () => {};
const climbed: Before = (ladder) => ladder.climb('process', 0);
const onProbation: Before = (ladder) => {
  ladder.climb('thread', 0);
  ladder.advance(60_000);
};
const isolated: Before = (ladder) => ladder.isolate('process', 0);
const pinnedByHand: Before = (ladder) => ladder.pin('process', 0);

/** What it was, the bounds it takes, where it stands then. */
const CASES: readonly (readonly [string, Before, Partial<LadderBounds>, unknown[]])[] = [
  ['free: a pin', nothing, { pin: 'thread' }, ['pinned', 'thread', false]],
  [
    'free: another floor and start',
    nothing,
    { start: 'process', floor: 'process' },
    ['free', 'process', false],
  ],
  ['free: a start above the floor', nothing, { start: 'thread' }, ['confined', 'thread', false]],
  ['confined: inside', climbed, { ceiling: 'process' }, ['confined', 'process', false]],
  ['confined: a lower ceiling', climbed, { ceiling: 'thread' }, ['confined', 'thread', false]],
  [
    'confined: its rung is the floor now',
    climbed,
    { start: 'process', floor: 'process' },
    ['free', 'process', false],
  ],
  ['confined: a pin', climbed, { pin: 'coroutine' }, ['pinned', 'coroutine', false]],
  ['on probation: inside', onProbation, { ceiling: 'process' }, ['probation', 'thread', false]],
  ['by hand: a lower ceiling', isolated, { ceiling: 'thread' }, ['confined', 'thread', true]],
  ['pinned by hand: inside', pinnedByHand, { ceiling: 'process' }, ['pinned', 'process', false]],
  ['pinned by hand: outside', pinnedByHand, { ceiling: 'thread' }, ['pinned', 'thread', false]],
];

describe('other bounds', () => {
  test.each(CASES)('%s', (_name, before, bounds, expected) => {
    const ladder = new Ladder(LOOSE, RULES, 0);
    before(ladder);
    ladder.rebound({ ...LOOSE, ...bounds }, 70_000);
    expect([ladder.state, ladder.rung, ladder.isByHand]).toEqual(expected);
    // Whoever was put somewhere for a time is let go after it, and nobody else.
    const isTimed = ladder.leftMs(70_000) !== null;
    expect(isTimed).toBe(
      ladder.state === 'probation' || (ladder.state === 'confined' && !ladder.isByHand),
    );
  });

  test("without an option's pin it begins anew; the same pin changes nothing", () => {
    const pinned = { ...LOOSE, pin: 'process' } as const;
    const ladder = new Ladder(pinned, RULES, 0);
    ladder.rebound(pinned, 1_000);
    expect([ladder.state, ladder.sinceMs]).toEqual(['pinned', 0]);
    ladder.rebound(LOOSE, 1_000);
    expect([ladder.state, ladder.rung]).toEqual(['free', 'coroutine']);
  });

  test('where nothing is enforced any more, only a person confines', () => {
    const rules = { ...RULES };
    const [confined, byHand] = [new Ladder(LOOSE, rules, 0), new Ladder(LOOSE, rules, 0)];
    confined.climb('process', 0);
    byHand.isolate('process', 0);
    Object.assign(rules, { enforce: false });
    confined.rebound(LOOSE, 1);
    byHand.rebound(LOOSE, 1);
    expect([confined.state, confined.rung]).toEqual(['free', 'coroutine']);
    expect([byHand.state, byHand.rung]).toEqual(['confined', 'process']);
  });
});
