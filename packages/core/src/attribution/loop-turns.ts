/**
 * The one turn clock of a thread, for as many pools as run on it: each hears of its own sessions'
 * long turns, by the lowest threshold of all, and of those that are no session's.
 */
import inspector from 'node:inspector';
import { LoopCell } from './loop-cell.js';
import { TurnClock, type LongTurn } from './turn-clock.js';
import type { TurnOwner } from './turn-scope.js';

export interface TurnParty {
  thresholdMs: number;
  owns(owner: TurnOwner): boolean;
  onLongTurn(turn: LongTurn): void;
}

/** Names for so many sessions at once; those beyond it are named when their block has ended. */
const NAMED_SLOTS = 4_096;

const parties = new Set<TurnParty>();
let clock: TurnClock | undefined;

/** Starts to measure turns of this thread, or joins who does. */
export function joinTurns(party: TurnParty): TurnClock {
  parties.add(party);
  clock ??= new TurnClock({
    cell: new LoopCell(NAMED_SLOTS),
    thresholdMs: party.thresholdMs,
    hasDebugger: () => inspector.url() !== undefined,
    onLongTurn: (turn) => {
      for (const each of parties) {
        if (turn.owner === undefined || each.owns(turn.owner)) each.onLongTurn(turn);
      }
    },
  });
  agreeOnThreshold();
  return clock;
}

/** The last one to leave stops the clock, and then nothing of its cost remains. */
export function leaveTurns(party: TurnParty): void {
  parties.delete(party);
  if (parties.size > 0) {
    agreeOnThreshold();
    return;
  }
  clock?.close();
  clock = undefined;
}

/** Whether more than one pool runs on this thread. */
export function isLoopShared(): boolean {
  return parties.size > 1;
}

/** After a party has changed its threshold: the lowest one decides what is looked at. */
export function agreeOnThreshold(): void {
  if (clock === undefined) return;
  clock.thresholdMs = Math.min(...[...parties].map(({ thresholdMs }) => thresholdMs));
}
