/**
 * Who is next: tenants in turn, within a tenant its agents in turn, within an agent the oldest. A line
 * can be held for a while; those behind it in turn are not. Kept apart from `admission/fair-queue.ts`,
 * which shares a full pool by weight: what is taken from here still asks admission.
 */

export interface Lined {
  readonly tenant: string;
  readonly agent: string;
}

interface Line<T> {
  /** Taken, refused and put back: before those who were never taken. */
  readonly returned: T[];
  readonly waiting: Set<T>;
  heldUntilMs: number;
}

interface TenantLines<T> {
  readonly agents: Map<string, Line<T>>;
  heldUntilMs: number;
}

export class JobLines<T extends Lined> {
  readonly #tenants = new Map<string, TenantLines<T>>();
  #heldUntilMs = 0;

  join(job: T): void {
    this.#lineOf(job).waiting.add(job);
  }

  /** Back where it was taken from. */
  putBack(job: T): void {
    this.#lineOf(job).returned.push(job);
  }

  /** Harmless for one that is in no line. */
  leave(job: T): void {
    const line = this.#tenants.get(job.tenant)?.agents.get(job.agent);
    if (line === undefined) return;
    line.waiting.delete(job);
    const index = line.returned.indexOf(job);
    if (index >= 0) line.returned.splice(index, 1);
    this.#tidy(job);
  }

  /** Nothing is taken from there before `untilMs`; a later hold counts. */
  hold(what: 'agent' | 'tenant' | 'all', job: T, untilMs: number): void {
    if (what === 'all') this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs);
    else {
      const lines = this.#linesOf(job.tenant);
      const held = what === 'tenant' ? lines : this.#lineOf(job);
      held.heldUntilMs = Math.max(held.heldUntilMs, untilMs);
    }
  }

  /** Takes the next one out of its line; undefined where none may go. */
  take(nowMs: number, mayRun: (tenant: string) => boolean): T | undefined {
    if (this.#heldUntilMs > nowMs) return undefined;
    for (const [tenant, lines] of this.#tenants) {
      if (lines.heldUntilMs > nowMs || !mayRun(tenant)) continue;
      for (const [agent, line] of lines.agents) {
        if (line.heldUntilMs > nowMs) continue;
        const job = line.returned.shift() ?? firstOf(line.waiting);
        if (job === undefined) continue;
        line.waiting.delete(job);
        // To the end of their rounds.
        lines.agents.delete(agent);
        lines.agents.set(agent, line);
        this.#tenants.delete(tenant);
        this.#tenants.set(tenant, lines);
        this.#tidy(job);
        return job;
      }
    }
    return undefined;
  }

  /** The first of every line, which has waited longest there. */
  *firsts(): Generator<T> {
    for (const { agents } of this.#tenants.values()) {
      for (const line of agents.values()) {
        const first = line.returned[0] ?? firstOf(line.waiting);
        if (first !== undefined) yield first;
      }
    }
  }

  #lineOf({ tenant, agent }: T): Line<T> {
    const { agents } = this.#linesOf(tenant);
    let line = agents.get(agent);
    if (line === undefined) {
      line = { returned: [], waiting: new Set(), heldUntilMs: 0 };
      agents.set(agent, line);
    }
    return line;
  }

  #linesOf(tenant: string): TenantLines<T> {
    let lines = this.#tenants.get(tenant);
    if (lines === undefined) {
      lines = { agents: new Map(), heldUntilMs: 0 };
      this.#tenants.set(tenant, lines);
    }
    return lines;
  }

  /** An empty line is forgotten, with its hold: who joins it anew is refused anew. */
  #tidy({ tenant, agent }: T): void {
    const lines = this.#tenants.get(tenant);
    const line = lines?.agents.get(agent);
    if (line === undefined || line.waiting.size + line.returned.length > 0) return;
    lines!.agents.delete(agent);
    if (lines!.agents.size === 0) this.#tenants.delete(tenant);
  }
}

function firstOf<T>(set: ReadonlySet<T>): T | undefined {
  for (const first of set) return first;
  return undefined;
}
