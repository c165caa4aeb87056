/** One live session as the pool's books have it. What is made of the entries is left to the snapshot. */
import type { BlockedFigure } from '../snapshot/figures.js';
import type { SessionEntry } from '../snapshot/report.js';
import type { ClientSession } from './client-session.js';

export function entryOf(
  session: ClientSession,
  nowMs: number,
  blocked: BlockedFigure,
): SessionEntry {
  const placed = session.place;
  return {
    session: session.id,
    tenant: session.tenant,
    agent: session.agent,
    rung: placed?.rung ?? 'coroutine',
    isolate: placed?.isolate ?? '',
    state: session.state,
    durationMs: nowMs - session.startedMs,
    idleMs: session.idleMs(nowMs),
    messagesIn: placed?.client.outbox.sentCount ?? 0,
    messagesOut: placed?.client.inbox.receivedCount ?? 0,
    queuedIn: placed?.client.outbox.queuedCount ?? 0,
    queuedOut: placed?.client.inbox.queuedCount ?? 0,
    blocked,
    memoryPeakBytes: session.memoryPeakBytes,
  };
}
