/** Lets running sessions finish, and ends what is left at the deadline. */
import type { Clock } from '../time/clock.js';
import { settledWithin } from '../time/deadline.js';
import type { ClientSession } from './client-session.js';

export interface DrainReport {
  /** Sessions that ended by themselves. */
  readonly finished: number;
  /** Sessions that were ended at the deadline. */
  readonly drained: number;
}

/** Waits for `sessions` to end by themselves; what has not by `timeoutMs` is ended with `reason`. */
export async function drainSessions(
  sessions: readonly ClientSession[],
  clock: Clock,
  timeoutMs: number,
  reason: 'drained' | 'shutdown',
): Promise<DrainReport> {
  const detail = reason === 'drained' ? 'a drain has begun' : 'the pool closes';
  for (const session of sessions) {
    session.notice({ reason, leftMs: timeoutMs, used: null, limit: null, detail });
  }
  const allDone = Promise.all(sessions.map((session) => session.done));
  if (timeoutMs > 0) await settledWithin(clock, allDone, timeoutMs);
  const left = sessions.filter(({ state }) => state !== 'ended');
  for (const session of left) session.abort(reason);
  // Each ends within its own grace time: the executor leaves behind what does not.
  await Promise.all(left.map((session) => session.done));
  return { finished: sessions.length - left.length, drained: left.length };
}
