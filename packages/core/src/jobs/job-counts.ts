/** How many jobs there are, by state, by tenant and by agent, and which agents keep failing. */
import { isSettled, type JobState } from './job-state.js';
import { JOB_STATES } from './job-state.js';

/** So many attempts of an agent in a row, over all of its jobs, and it is said to be failing. */
export const FAILING_AFTER = 5;

export type StateCounts = Record<JobState, number>;

interface AgentCounts {
  readonly states: StateCounts;
  consecutiveFailures: number;
  lastErrorCode: string | null;
}

interface Counted {
  readonly tenant: string;
  readonly agent: string;
  readonly doc: { readonly state: JobState };
}

const none = (): StateCounts =>
  Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as StateCounts;

export class JobCounts {
  readonly all = none();
  readonly #tenants = new Map<string, StateCounts>();
  readonly #agents = new Map<string, AgentCounts>();

  add(job: Counted): void {
    this.#change(job, 1);
  }

  remove(job: Counted): void {
    this.#change(job, -1);
  }

  ofTenant(tenant: string): Readonly<StateCounts> {
    return this.#tenants.get(tenant) ?? none();
  }

  /** Of a tenant, what waits for its first or next attempt. */
  waitingOf(tenant: string): number {
    const states = this.#tenants.get(tenant);
    return states === undefined ? 0 : states.queued + states.retrying;
  }

  agents(): ReadonlyMap<string, Readonly<AgentCounts>> {
    return this.#agents;
  }

  failed(agent: string, errorCode: string | null): void {
    const counts = this.#agents.get(agent);
    if (counts === undefined) return;
    counts.consecutiveFailures += 1;
    counts.lastErrorCode = errorCode;
  }

  succeeded(agent: string): void {
    const counts = this.#agents.get(agent);
    if (counts === undefined) return;
    counts.consecutiveFailures = 0;
    counts.lastErrorCode = null;
  }

  #change({ tenant, agent, doc }: Counted, by: 1 | -1): void {
    const ofTenant = this.#tenants.get(tenant) ?? none();
    const ofAgent: AgentCounts = this.#agents.get(agent) ?? {
      states: none(),
      consecutiveFailures: 0,
      lastErrorCode: null,
    };
    for (const states of [this.all, ofTenant, ofAgent.states]) states[doc.state] += by;
    this.#tenants.set(tenant, ofTenant);
    this.#agents.set(agent, ofAgent);
    if (by === 1 || !isSettled(doc.state)) return;
    // Whoever has no job any more is forgotten.
    if (isEmpty(ofTenant)) this.#tenants.delete(tenant);
    if (isEmpty(ofAgent.states)) this.#agents.delete(agent);
  }
}

function isEmpty(states: StateCounts): boolean {
  return Object.values(states).every((count) => count === 0);
}
