/** What runs in a pool, in sums: one pass over its sessions that makes nothing for any of them. */
import type { ClientSession } from '../session/client-session.js';
import type { MemoryShare } from '../snapshot/attribute.js';

/** A tenant's running sessions, added up. */
export interface Running {
  active: number;
  messagesIn: number;
  messagesOut: number;
  queuedIn: number;
  queuedOut: number;
  readonly inIsolates: Map<string, number>;
}

/** What runs, by whose it is and where. */
export interface RunningSums {
  readonly tenants: ReadonlyMap<string, Running>;
  readonly byAgent: ReadonlyMap<string, number>;
  readonly byRung: ReadonlyMap<string, number>;
  readonly inIsolates: ReadonlyMap<string, number>;
  readonly count: number;
}

export function addUp(sessions: readonly ClientSession[]): RunningSums {
  const tenants = new Map<string, Running>();
  const [byAgent, byRung] = [new Map<string, number>(), new Map<string, number>()];
  const inIsolates = new Map<string, number>();
  let count = 0;
  for (const session of sessions) {
    if (session.state === 'ended') continue;
    count += 1;
    const { place, tenant, agent } = session;
    let sum = tenants.get(tenant);
    if (sum === undefined) tenants.set(tenant, (sum = nothingRunning()));
    sum.active += 1;
    byAgent.set(agent, (byAgent.get(agent) ?? 0) + 1);
    if (place === undefined) continue;
    const { client, rung, isolate } = place;
    byRung.set(rung, (byRung.get(rung) ?? 0) + 1);
    inIsolates.set(isolate, (inIsolates.get(isolate) ?? 0) + 1);
    sum.inIsolates.set(isolate, (sum.inIsolates.get(isolate) ?? 0) + 1);
    sum.messagesIn += client.outbox.sentCount;
    sum.messagesOut += client.inbox.receivedCount;
    sum.queuedIn += client.outbox.queuedCount;
    sum.queuedOut += client.inbox.queuedCount;
  }
  return { tenants, byAgent, byRung, inIsolates, count };
}

export function nothingRunning(): Running {
  return {
    active: 0,
    messagesIn: 0,
    messagesOut: 0,
    queuedIn: 0,
    queuedOut: 0,
    inIsolates: new Map(),
  };
}

/** What a tenant's sessions hold; null where nothing is measured. */
export function memoryOf(
  running: Running | undefined,
  shares: ReadonlyMap<string, MemoryShare>,
): number | null {
  if (running === undefined) return null;
  let bytes: number | null = null;
  for (const [isolate, count] of running.inIsolates) {
    const share = shares.get(isolate);
    if (share !== undefined) bytes = (bytes ?? 0) + share.bytes * count;
  }
  return bytes;
}
