/**
 * Gives timers and sockets their turn while messages are many. An agent that sends as fast as its client
 * reads goes from one to the other in microtasks, and as long as there are any, the loop does nothing
 * else: nobody blocks it, and yet everybody waits. So senders, and readers of what is queued, wait for
 * the next turn of the loop when so many messages have been passed on in this one.
 */
import { runAsNobody } from '../attribution/turn-scope.js';

/** Some 0.5 ms of passing small messages on. */
const MOST_PER_TURN = 256;

let passedCount = 0;
let nextTurn: Promise<void> | undefined;
let begin: (() => void) | undefined;

/** A message is sent, or taken out of a queue. Undefined, or what is to be waited for before the next one. */
export function passedOn(): Promise<void> | undefined {
  if (passedCount === 0) runAsNobody(() => setImmediate(beginTurn));
  passedCount += 1;
  return turnIsOver();
}

/** What to wait for, where this turn has passed on as many messages as it may. */
export function turnIsOver(): Promise<void> | undefined {
  if (passedCount < MOST_PER_TURN) return undefined;
  nextTurn ??= new Promise((resolve) => {
    begin = resolve;
  });
  return nextTurn;
}

function beginTurn(): void {
  passedCount = 0;
  nextTurn = undefined;
  const waiting = begin;
  begin = undefined;
  waiting?.();
}
