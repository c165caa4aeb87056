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

  add(key: string): void {
    if (this.#firstCount === 0) this.#first = key;
    if (this.#first === key) {
      this.#firstCount += 1;
      return;
    }
    this.#more ??= new Map();
    const cell = this.#more.get(key);
    if (cell === undefined) this.#more.set(key, { count: 1 });
    else cell.count += 1;
  }

  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    if (this.#firstCount > 0) counts.set(this.#first, this.#firstCount);
    for (const [key, { count }] of this.#more ?? []) counts.set(key, count);
    return counts;
  }
}

export function addUp(sessions: readonly ClientSession[]): RunningSums {
  const tenants = new Map<string, Running>();
  const all = nothingRunning();
  const [agents, rungs] = [new Tally(), new Tally()];
  for (const session of sessions) {
    if (session.state === 'ended') continue;
    const { place, tenant } = session;
    let own = tenants.get(tenant);
    if (own === undefined) tenants.set(tenant, (own = nothingRunning()));
    own.active += 1;
    agents.add(session.agent);
    if (place === undefined) continue;
    rungs.add(place.rung);
    all.places.add(place.isolate);
    own.places.add(place.isolate);
    const { outbox, inbox } = place.client;
    own.messagesIn += outbox.sentCount;
    own.messagesOut += inbox.receivedCount;
    own.queuedIn += outbox.queuedCount;
    own.queuedOut += inbox.queuedCount;
  }
  for (const own of tenants.values()) {
    all.active += own.active;
    all.messagesIn += own.messagesIn;
    all.messagesOut += own.messagesOut;
    all.queuedIn += own.queuedIn;
    all.queuedOut += own.queuedOut;
  }
  return {
    tenants,
    all,
    byAgent: agents.counts(),
    byRung: rungs.counts(),
    inIsolates: all.places.counts(),
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
