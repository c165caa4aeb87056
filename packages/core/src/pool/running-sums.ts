/** What runs in a pool, in sums: one pass over its sessions that makes nothing for any of them. */
import type { ClientSession } from '../session/client-session.js';
import type { MemoryShare } from '../snapshot/attribute.js';

/** Running sessions, added up. */
export interface Running {
  active: number;
  messagesIn: number;
  messagesOut: number;
  queuedIn: number;
  queuedOut: number;
  /** Where they are. */
  readonly places: Tally;
}

/** What runs, by whose it is and where. */
export interface RunningSums {
  /** Of the tenants that were asked for. */
  readonly tenants: ReadonlyMap<string, Running>;
  readonly all: Running;
  readonly byAgent: ReadonlyMap<string, number>;
  readonly byRung: ReadonlyMap<string, number>;
  readonly inIsolates: ReadonlyMap<string, number>;
}

/** Counts by key; without a table of its own for the many that only ever have one key. */
class Tally {
  #first = '';
  #firstCount = 0;
  #more: Map<string, { count: number }> | undefined;

  add(key: string, count = 1): void {
    if (this.#firstCount === 0) this.#first = key;
    if (this.#first === key) {
      this.#firstCount += count;
      return;
    }
    this.#more ??= new Map();
    const cell = this.#more.get(key);
    if (cell === undefined) this.#more.set(key, { count });
    else cell.count += count;
  }

  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    if (this.#firstCount > 0) counts.set(this.#first, this.#firstCount);
    for (const [key, { count }] of this.#more ?? []) counts.set(key, count);
    return counts;
  }
}

export function addUp(sessions: readonly ClientSession[], only: readonly string[]): RunningSums {
  const tenants = new Map(only.map((tenant) => [tenant, nothingRunning()]));
  const rest = nothingRunning();
  const [agents, rungs] = [new Tally(), new Tally()];
  for (const session of sessions) {
    if (session.state === 'ended') continue;
    const { place } = session;
    const sum = tenants.get(session.tenant) ?? rest;
    sum.active += 1;
    agents.add(session.agent);
    if (place === undefined) continue;
    rungs.add(place.rung);
    sum.places.add(place.isolate);
    const { outbox, inbox } = place.client;
    sum.messagesIn += outbox.sentCount;
    sum.messagesOut += inbox.receivedCount;
    sum.queuedIn += outbox.queuedCount;
    sum.queuedOut += inbox.queuedCount;
  }
  for (const own of tenants.values()) {
    rest.active += own.active;
    rest.messagesIn += own.messagesIn;
    rest.messagesOut += own.messagesOut;
    rest.queuedIn += own.queuedIn;
    rest.queuedOut += own.queuedOut;
    for (const [isolate, count] of own.places.counts()) rest.places.add(isolate, count);
  }
  return {
    tenants,
    all: rest,
    byAgent: agents.counts(),
    byRung: rungs.counts(),
    inIsolates: rest.places.counts(),
  };
}

function nothingRunning(): Running {
  return {
    active: 0,
    messagesIn: 0,
    messagesOut: 0,
    queuedIn: 0,
    queuedOut: 0,
    places: new Tally(),
  };
}

/** What sessions hold; null where nothing is measured. */
export function memoryOf(
  running: Running | undefined,
  shares: ReadonlyMap<string, MemoryShare>,
): number | null {
  let bytes: number | null = null;
  for (const [isolate, count] of running?.places.counts() ?? []) {
    const share = shares.get(isolate);
    if (share !== undefined) bytes = (bytes ?? 0) + share.bytes * count;
  }
  return bytes;
}
