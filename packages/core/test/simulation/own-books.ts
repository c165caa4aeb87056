/** What the simulation itself has counted of its opens, to be held against what the pool says. */
import type { Outcome } from '../../src/session/outcome.js';
import type { EndReason } from '../../src/vocabulary/end-reason.js';
import type { Rung } from '../../src/vocabulary/rung.js';

/** One open, from the asking to its end. */
export interface Opened {
  readonly open: number;
  readonly tenant: string;
  readonly agent: string;
  /** The place it was given, once it has a permit. */
  rung: Rung | null;
  enteredMs: number;
  /** Opened for its client. */
  isBegun: boolean;
  isOver: boolean;
}

export interface TenantCounts {
  held: number;
  /** Begun and not ended. */
  running: number;
  begun: number;
  readonly ends: Map<EndReason, number>;
  readonly refusals: Map<string, number>;
}

/** The reason that each code of a refusal is counted under; every other code is of the placement. */
const REASON_OF: Readonly<Record<string, string | null>> = {
  TENANTRY_POOL_DRAINING: 'draining',
  TENANTRY_TENANT_DRAINING: 'draining',
  TENANTRY_TENANT_QUARANTINED: 'quarantined',
  TENANTRY_BREAKER_OPEN: 'breaker',
  TENANTRY_RATE_LIMITED: 'rate-limit',
  TENANTRY_TENANT_CAP: 'tenant-cap',
  TENANTRY_AGENT_CAP: 'agent-cap',
  TENANTRY_POOL_CAP: 'pool-cap',
  TENANTRY_QUEUE_FULL: 'queue-full',
  TENANTRY_QUEUE_TIMEOUT: 'queue-timeout',
  // Its client's own wish, and a pool that is no more: neither is counted.
  TENANTRY_SESSION_CANCELLED: null,
  TENANTRY_POOL_CLOSED: null,
};

export class OwnBooks {
  readonly opens = new Map<number, Opened>();
  readonly #tenants = new Map<string, TenantCounts>();
  readonly #byAgent = new Map<string, number>();
  held = 0;
  /** Asked, and neither refused nor begun. */
  asking = 0;

  of(tenant: string): TenantCounts {
    let counts = this.#tenants.get(tenant);
    if (counts === undefined) {
      counts = { held: 0, running: 0, begun: 0, ends: new Map(), refusals: new Map() };
      this.#tenants.set(tenant, counts);
    }
    return counts;
  }

  heldBy(agent: string): number {
    return this.#byAgent.get(agent) ?? 0;
  }

  asked(open: number, tenant: string, agent: string): Opened {
    const asked: Opened = {
      open,
      tenant,
      agent,
      rung: null,
      enteredMs: 0,
      isBegun: false,
      isOver: false,
    };
    this.opens.set(open, asked);
    this.asking += 1;
    return asked;
  }

  entered(opened: Opened, rung: Rung, nowMs: number): void {
    opened.rung = rung;
    opened.enteredMs = nowMs;
    this.#hold(opened, 1);
  }

  begun(opened: Opened): void {
    opened.isBegun = true;
    this.asking -= 1;
    const counts = this.of(opened.tenant);
    counts.begun += 1;
    counts.running += 1;
  }

  refused(opened: Opened, code: string): void {
    this.asking -= 1;
    const reason = REASON_OF[code] === undefined ? 'placement' : REASON_OF[code];
    const { refusals } = this.of(opened.tenant);
    if (reason !== null) refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    this.#over(opened);
  }

  ended(opened: Opened, { reason }: Outcome): void {
    const counts = this.of(opened.tenant);
    counts.running -= 1;
    counts.ends.set(reason, (counts.ends.get(reason) ?? 0) + 1);
    this.#over(opened);
  }

  /** A new pool begins with empty books. */
  restarted(): void {
    this.#tenants.clear();
    this.#byAgent.clear();
  }

  #over(opened: Opened): void {
    opened.isOver = true;
    this.opens.delete(opened.open);
    if (opened.rung !== null) this.#hold(opened, -1);
  }

  #hold({ tenant, agent }: Opened, by: number): void {
    this.held += by;
    this.of(tenant).held += by;
    this.#byAgent.set(agent, this.heldBy(agent) + by);
  }
}
