import { afterEach, describe, expect, test } from '@jest/globals';
import {
  agreeOnThreshold,
  isLoopShared,
  joinTurns,
  leaveTurns,
  type TurnParty,
} from '../../src/attribution/loop-turns.js';
import type { LongTurn, TurnClock } from '../../src/attribution/turn-clock.js';
import type { TurnOwner } from '../../src/attribution/turn-scope.js';
import { until } from '../until.js';
import { spin, spinAs } from './clocked.js';

interface Party extends TurnParty {
  readonly heard: LongTurn[];
}

const joined = new Set<Party>();

afterEach(() => {
  for (const party of joined) leaveTurns(party);
  joined.clear();
});

function join(thresholdMs: number, ...sessions: string[]): { party: Party; clock: TurnClock } {
  const heard: LongTurn[] = [];
  const party: Party = {
    thresholdMs,
    heard,
    owns: ({ id }) => sessions.includes(id),
    onLongTurn: (turn) => void heard.push(turn),
  };
  joined.add(party);
  return { party, clock: joinTurns(party) };
}

function entered(clock: TurnClock, id: string): TurnOwner {
  const owner: TurnOwner = { id, tenant: 'acme', agent: 'support', turnSlot: 0 };
  clock.enter(owner);
  return owner;
}

describe('the turns of a loop', () => {
  test('are measured by one clock, however many pools there are', () => {
    const [one, other] = [join(50), join(50)];
    expect(other.clock).toBe(one.clock);
    expect(isLoopShared()).toBe(true);
    leaveTurns(other.party);
    expect(isLoopShared()).toBe(false);
    expect(one.clock.cell.isWatched).toBe(true);
  });

  test('are measured no longer when the last pool has left', () => {
    const { party, clock } = join(50);
    leaveTurns(party);
    expect(clock.cell.isWatched).toBe(false);
    expect(join(50).clock).not.toBe(clock);
  });

  test('are looked at by the lowest threshold', () => {
    const [one, other] = [join(80), join(30)];
    expect(one.clock.thresholdMs).toBe(30);
    leaveTurns(other.party);
    expect(one.clock.thresholdMs).toBe(80);
    one.party.thresholdMs = 20;
    agreeOnThreshold();
    expect(one.clock.cell.thresholdMs).toBe(20);
  });

  test('are told to the pool whose session it was, and the host’s to all', async () => {
    const [one, other] = [join(20, 'a'), join(20, 'b')];
    const [a, b] = [entered(one.clock, 'a'), entered(one.clock, 'b')];
    spinAs(a, 60);
    spinAs(b, 60);
    spin(60);
    await until('all are told', () => one.party.heard.length + other.party.heard.length >= 4);
    const owners = ({ heard }: Party): unknown[] => heard.map(({ owner }) => owner?.id);
    expect(owners(one.party)).toEqual(['a', undefined]);
    expect(owners(other.party)).toEqual(['b', undefined]);
  });
});
