/** Lets running sessions finish, and ends what is left at the deadline. */
import type { Roster } from '../host/roster.js';
import type { Clock } from '../time/clock.js';
import { settledWithin } from '../time/deadline.js';
import type { ClientSession } from './client-session.js';

export interface DrainReport {
  /** Sessions that ended by themselves. */
  readonly finished: number;
  /** Sessions that were ended at the deadline. */
  readonly drained: number;
}

export async function drainSessions(
  live: Roster<ClientSession>,
  clock: Clock,
  timeoutMs: number,
  reason: 'drained' | 'shutdown',
): Promise<DrainReport> {
  const sessions = live.all();
  const detail = reason === 'drained' ? 'the pool drains' : 'the pool closes';
  for (const session of sessions) {
    session.notice({ reason, leftMs: timeoutMs, used: null, limit: null, detail });
  }
  const allDone = Promise.all(sessions.map((session) => session.done));
  if (timeoutMs > 0) await settledWithin(clock, allDone, timeoutMs);
  const left = live.all();
  for (const session of left) session.abort(reason);
  // Each ends within its own grace time: the executor leaves behind what does not.
  await Promise.all(left.map((session) => session.done));
  return { finished: sessions.length - left.length, drained: left.length };
}
