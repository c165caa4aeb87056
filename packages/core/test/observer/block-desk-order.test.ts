import { describe, expect, test } from '@jest/globals';
import { BlockDesk } from '../../src/observer/block-desk.js';
import type { BlockRow } from '../../src/snapshot/figures.js';
import { ManualClock } from '../manual-clock.js';
import { OWNER, endedTurn, seenBlock } from './block-rows.js';

const LONGEST_WAIT_MS = 500;

function makeDesk(): { desk: BlockDesk; clock: ManualClock; told: BlockRow[] } {
  const clock = new ManualClock();
  const told: BlockRow[] = [];
  const desk = new BlockDesk(clock, () => 50, {
    block: (row) => void told.push(row),
    isOpen: () => true,
  });
  return { desk, clock, told };
}

const lengths = (told: readonly BlockRow[]): unknown[] =>
  told.map(({ isOngoing, durationMs }) => [isOngoing, durationMs]);

describe('a block whose end the watch sees', () => {
  test('has the length that its loop says', () => {
    const { desk, clock, told } = makeDesk();
    desk.seen('blocked', seenBlock({ durationMs: 60 }), false);
    desk.seen('over', seenBlock({ durationMs: 330 }), false);
    desk.ended('main', endedTurn({ durationMs: 320 }));
    clock.advance(LONGEST_WAIT_MS);
    expect(lengths(told)).toEqual([
      [true, 60],
      [false, 320],
    ]);
  });

  test('does not last for ever where its loop says nothing', () => {
    const { desk, clock, told } = makeDesk();
    desk.seen('blocked', seenBlock({ durationMs: 60 }), false);
    desk.seen('over', seenBlock({ durationMs: 90 }), false);
    clock.advance(LONGEST_WAIT_MS);
    expect(lengths(told)).toEqual([
      [true, 60],
      [false, 90],
    ]);
    expect(desk.ofSession(OWNER.session, clock.nowMs()).count).toBe(1);
  });

  test('is counted once where everything is heard in the wrong order', () => {
    const { desk, clock, told } = makeDesk();
    desk.ended('main', endedTurn({ durationMs: 320 }));
    clock.advance(LONGEST_WAIT_MS);
    for (const phase of ['captured', 'blocked', 'over'] as const) {
      desk.seen(phase, seenBlock({ durationMs: 60 }), false);
    }
    clock.advance(LONGEST_WAIT_MS);
    expect(lengths(told)).toEqual([[false, 320]]);
    expect(desk.ofSession(OWNER.session, clock.nowMs()).count).toBe(1);
  });
});
