import { describe, expect, test } from '@jest/globals';
import { sessionlessId } from '../../src/attribution/sessionless.js';
import { BlockDesk } from '../../src/observer/block-desk.js';
import { NO_BLOCKS, type BlockRow } from '../../src/snapshot/figures.js';
import { ManualClock } from '../manual-clock.js';
import { OTHER, OWNER, PLACE, endedTurn, seenBlock } from './block-rows.js';

/** A desk, what it tells, and a threshold to be moved. */
function makeDesk(): {
  desk: BlockDesk;
  clock: ManualClock;
  told: BlockRow[];
  threshold: { ms: number };
  /** Sessions that have ended. */
  ended: Set<string>;
} {
  const clock = new ManualClock();
  const told: BlockRow[] = [];
  const threshold = { ms: 50 };
  const ended = new Set<string>();
  const desk = new BlockDesk(clock, () => threshold.ms, {
    block: (row) => void told.push(row),
    isOpen: (session) => !ended.has(session),
  });
  return { desk, clock, told, threshold, ended };
}

describe('a block that is seen and then ends', () => {
  test('is told twice, and counted once', () => {
    const { desk, clock, told } = makeDesk();
    desk.captured(seenBlock({ durationMs: 41 }));
    expect(told).toEqual([]);
    desk.blocked(seenBlock({ durationMs: 60 }), false);
    desk.ended('main', endedTurn({ durationMs: 320 }));
    expect(told.map(({ isOngoing, durationMs }) => [isOngoing, durationMs])).toEqual([
      [true, 60],
      [false, 320],
    ]);
    expect(told[1]).toMatchObject({ block: 'main:7', place: PLACE, stack: [PLACE], ...OWNER });
    expect(desk.ofSession('s-1', clock.nowMs())).toMatchObject({ count: 1, totalMs: 320 });
    expect(desk.ofTenant('acme', clock.nowMs())).toMatchObject({ count: 1, lastPlace: PLACE });
    expect(desk.recent).toEqual([told[1]]);
  });

  test('is its tenant’s alone where its owner is no session', () => {
    const { desk, clock, told } = makeDesk();
    const owner = { ...OWNER, session: sessionlessId('pool') };
    desk.blocked(seenBlock({ owner }), false);
    desk.ended('main', endedTurn({ owner }));
    const whose = { cause: 'session', session: null, tenant: 'acme', agent: 'support' };
    expect(told).toMatchObject([whose, whose]);
    expect(desk.ofTenant('acme', clock.nowMs()).count).toBe(1);
    expect(desk.ofSession(owner.session, clock.nowMs())).toEqual(NO_BLOCKS);
  });

  test('has its place also when the stack comes after the end', () => {
    const { desk, clock, told } = makeDesk();
    desk.ended('main', endedTurn());
    expect(told).toEqual([]);
    desk.captured(seenBlock());
    clock.advance(40);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ isOngoing: false, durationMs: 320, place: PLACE });
  });

  test('is told without a place when no stack ever comes', () => {
    const { desk, clock, told } = makeDesk();
    desk.ended('main', endedTurn());
    clock.advance(40);
    expect(told[0]).toMatchObject({ place: null, stack: [], ...OWNER, cause: 'session' });
  });

  test('takes the stack that came late, in place of none', () => {
    const { desk, told } = makeDesk();
    desk.blocked(seenBlock({ place: null, stack: [] }), false);
    desk.captured(seenBlock());
    desk.ended('main', endedTurn());
    expect(told[1]).toMatchObject({ place: PLACE, stack: [PLACE] });
  });

  test('belongs to whose code the stack showed, not to whose turn it began as', () => {
    const { desk, clock, told } = makeDesk();
    desk.captured(seenBlock({ owner: OTHER }));
    desk.ended('main', endedTurn());
    expect(told[0]).toMatchObject({ ...OTHER, cause: 'session' });
    expect(desk.ofSession('s-1', clock.nowMs())).toEqual(NO_BLOCKS);
    expect(desk.ofSession('s-2', clock.nowMs()).count).toBe(1);
  });

  test('is the host’s when the stack showed code of no session', () => {
    const { desk, clock, told } = makeDesk();
    desk.blocked(seenBlock({ owner: null }), false);
    desk.ended('main', endedTurn());
    expect(told.map(({ cause, tenant }) => [cause, tenant])).toEqual([
      ['host', null],
      ['host', null],
    ]);
    expect(desk.ofTenant('acme', clock.nowMs())).toEqual(NO_BLOCKS);
  });

  test('is the slot’s owner’s where a call into native code showed no stack', () => {
    const { desk, told } = makeDesk();
    desk.blocked(seenBlock({ owner: null, place: null, stack: [] }), false);
    desk.ended('main', endedTurn());
    expect(told[1]).toMatchObject({ cause: 'session', ...OWNER });
  });

  test('is nobody’s where the collector made it, whatever the stack showed', () => {
    const { desk, clock, told } = makeDesk();
    desk.captured(seenBlock());
    desk.ended('main', endedTurn({ cause: 'gc' }));
    expect(told[0]).toMatchObject({
      cause: 'gc',
      session: null,
      tenant: null,
      agent: null,
      place: null,
      stack: [],
    });
    expect(desk.ofTenant('acme', clock.nowMs())).toEqual(NO_BLOCKS);
  });
});

describe('a desk of blocks', () => {
  test('does not mix turns of isolates that count alike', () => {
    const { desk, clock, told } = makeDesk();
    desk.captured(seenBlock({ isolate: 'thread-1', owner: OTHER }));
    desk.ended('thread-2', endedTurn());
    clock.advance(40);
    expect(told[0]).toMatchObject({ isolate: 'thread-2', place: null, ...OWNER });
  });

  test('tells nothing that does not exceed the threshold of its pool', () => {
    const { desk, clock, told, threshold } = makeDesk();
    threshold.ms = 100;
    desk.blocked(seenBlock({ durationMs: 100 }), false);
    desk.ended('main', endedTurn({ durationMs: 100 }));
    clock.advance(1_000);
    expect(told).toEqual([]);
  });

  test('passes on whether the line has been written', () => {
    const clock = new ManualClock();
    const logged: boolean[] = [];
    const desk = new BlockDesk(clock, () => 50, {
      block: (_row, isLogged) => void logged.push(isLogged),
      isOpen: () => true,
    });
    desk.blocked(seenBlock(), true);
    desk.ended('main', endedTurn());
    expect(logged).toEqual([true, false]);
  });

  test('ends the blocks of an isolate that is gone', () => {
    const { desk, clock, told } = makeDesk();
    const startedAtMs = clock.epochMs() - 60;
    desk.blocked(seenBlock({ isolate: 'thread-1', startedAtMs }), false);
    desk.blocked(seenBlock({ isolate: 'thread-2', startedAtMs }), false);
    clock.advance(1_000);
    // What lasts counts as well.
    expect(desk.blockedMsOf(OWNER.session)).toBe(2 * 1_060);
    desk.isolateEnded('thread-1');
    expect(desk.blockedMsOf(OWNER.session)).toBe(2 * 1_060);
    expect(told).toHaveLength(3);
    expect(told[2]).toMatchObject({
      isolate: 'thread-1',
      isOngoing: false,
      durationMs: 1_060,
      place: PLACE,
      ...OWNER,
    });
    desk.isolateEnded('thread-1');
    expect(told).toHaveLength(3);
  });

  test('ends no turn with its isolate that was no block', () => {
    const { desk, told } = makeDesk();
    desk.captured(seenBlock({ isolate: 'thread-1' }));
    desk.isolateEnded('thread-1');
    expect(told).toEqual([]);
  });

  test('ends a told block at its own length, also where that is below the threshold', () => {
    const { desk, clock, told, threshold } = makeDesk();
    const startedAtMs = clock.epochMs() - 60;
    desk.blocked(seenBlock({ isolate: 'thread-1', startedAtMs }), false);
    threshold.ms = 5_000;
    desk.ended('thread-1', endedTurn({ durationMs: 320 }));
    clock.advance(3_600_000);
    desk.isolateEnded('thread-1');
    expect(told.map(({ isOngoing, durationMs }) => [isOngoing, durationMs])).toEqual([
      [true, 60],
      [false, 320],
    ]);
  });

  test('keeps the latest hundred, newest first', () => {
    const { desk, clock } = makeDesk();
    for (let switches = 1; switches <= 120; switches += 1) {
      desk.ended('main', endedTurn({ switches }));
    }
    clock.advance(40);
    expect(desk.recent).toHaveLength(100);
    expect(desk.recent[0]!.block).toBe('main:120');
    expect(desk.recent.at(-1)!.block).toBe('main:21');
  });

  test('forgets a session and keeps its tenant’s books', () => {
    const { desk, clock } = makeDesk();
    desk.captured(seenBlock());
    desk.ended('main', endedTurn());
    desk.forgetSession('s-1');
    expect(desk.ofSession('s-1', clock.nowMs())).toEqual(NO_BLOCKS);
    expect(desk.ofTenant('acme', clock.nowMs()).count).toBe(1);
  });

  test('keeps no book of a session that ended in its last block', () => {
    const { desk, clock, told, ended } = makeDesk();
    desk.captured(seenBlock());
    ended.add('s-1');
    desk.forgetSession('s-1');
    desk.ended('main', endedTurn());
    expect(told[0]).toMatchObject({ ...OWNER, durationMs: 320 });
    expect(desk.ofSession('s-1', clock.nowMs())).toEqual(NO_BLOCKS);
    expect(desk.ofTenant('acme', clock.nowMs()).count).toBe(1);
  });

  test('drops a stack that nobody asks for', () => {
    const { desk, clock, told } = makeDesk();
    desk.captured(seenBlock({ owner: OTHER }));
    clock.advance(10_001);
    desk.captured(seenBlock({ switches: 8 }));
    desk.ended('main', endedTurn());
    clock.advance(40);
    expect(told[0]).toMatchObject({ place: null, ...OWNER });
  });
});
