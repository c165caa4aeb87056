/**
 * May this session start now? One fixed order, first refusal wins:
 *
 *   malformed → draining → quarantined → breaker → rate limit → tenant cap → agent cap → pool cap
 *     → fair queue, where there is one
 *
 * What an agent's own schema finds malformed comes after the caps: the schema is the agent's code, and
 * runs for nobody who is refused anyway.
 *
 * Everything is looked at before anything is taken, and all is taken in the same turn, before anything
 * is awaited: a burst never overshoots, and who is refused has used nothing. A malformed tenant id
 * never gets here; where the session runs is left to placement.
 */
import type { TenantryError } from '../errors/errors.js';
import { Cap } from '../limits/cap.js';
import type { Tenant } from '../tenant/tenant.js';
import type { Clock } from '../time/clock.js';
import type { Rung } from '../vocabulary/rung.js';
import type { FairQueueOptions } from './fair-queue.js';
import { DRAIN_RETRY_AFTER_MS, full, refusal } from './refusal.js';
import { SessionPermit } from './session-permit.js';
import { WaitingRoom, type Door } from './waiting-room.js';

export interface AdmissionOptions {
  readonly maxConcurrentSessions: number;
  readonly maxSessionsPerAgent: Readonly<Record<string, number>>;
  /** Without it a full pool refuses at once. */
  readonly fairQueue?: FairQueueOptions | undefined;
}

/** PORT: who is quarantined for its offences. */
export interface Quarantine {
  /** How long still, null where no time runs; undefined for who is not. */
  leftMs(tenant: string): number | null | undefined;
}

/** PORT: told while there is any permit. */
export interface Presence {
  hold(): void;
  release(): void;
}

/** Quarantined by hand it comes back when somebody says so. */
const QUARANTINE_RETRY_AFTER_MS = 60_000;

export class Admission {
  /** While the pool runs. */
  quarantine: Quarantine | undefined;
  /** Of all sessions. */
  readonly poolCap: Cap;
  readonly #clock: Clock;
  readonly #agentCaps = new Map<string, Cap>();
  #agentCounts: ReadonlyMap<string, number>;
  readonly #room: WaitingRoom | undefined;
  readonly #alive: Presence | undefined;
  #isDraining = false;

  constructor(options: AdmissionOptions, clock: Clock, alive?: Presence) {
    this.#clock = clock;
    this.#alive = alive;
    this.poolCap = new Cap(options.maxConcurrentSessions);
    this.#agentCounts = new Map(Object.entries(options.maxSessionsPerAgent));
    if (options.fairQueue !== undefined) {
      this.#room = new WaitingRoom(options.fairQueue, clock, this.#door());
    }
  }

  /**
   * Other caps from now on; sessions that run go on, also above them. A cap that an agent had none of
   * before counts the sessions that start from now on.
   */
  reconfigure(
    options: Pick<AdmissionOptions, 'maxConcurrentSessions' | 'maxSessionsPerAgent'>,
  ): void {
    this.poolCap.maxCount = options.maxConcurrentSessions;
    this.#agentCounts = new Map(Object.entries(options.maxSessionsPerAgent));
    for (const [agent, cap] of this.#agentCaps) {
      cap.maxCount = this.#agentCounts.get(agent) ?? Number.POSITIVE_INFINITY;
    }
    this.freed();
  }

  get activeCount(): number {
    return this.poolCap.heldCount;
  }

  get draining(): boolean {
    return this.#isDraining;
  }

  /** A drain that begins refuses whoever waits. */
  set draining(isDraining: boolean) {
    this.#isDraining = isDraining;
    if (isDraining) this.#room?.refuse(drains);
  }

  /** The same of one tenant, until `drainEnds`. */
  drainBegins(tenant: Tenant): void {
    tenant.drains += 1;
    tenant.drainsBegun += 1;
    this.#room?.refuse(tenantDrains, tenant);
  }

  drainEnds(tenant: Tenant): void {
    tenant.drains -= 1;
  }

  /**
   * Whatever speaks against a session now, before anything is taken. A full pool does where nobody may
   * wait for it.
   * @throws as `admit` does
   */
  refuse(tenant: Tenant, agent: string, rung: Rung = tenant.placedRung): void {
    this.#refuseWhileDraining(tenant);
    const turnedAway = rung === 'quarantined' ? this.#quarantined(tenant) : this.#keptOut(tenant);
    if (turnedAway !== null) throw turnedAway;
    const { bucket, cap } = tenant;
    const tokenInMs = bucket === undefined ? 0 : bucket.waitMs;
    if (tokenInMs > 0) throw refusal(tenant, 'rate-limit', 'it is at its rate limit', tokenInMs);
    if (cap.isFull) throw full(tenant, 'tenant-cap', 'tenant', cap);
    const agentCap = this.#agentCap(agent);
    if (agentCap?.isFull === true) throw full(tenant, 'agent-cap', `agent "${agent}"`, agentCap);
    if (this.poolCap.isFull && this.#room === undefined) {
      throw full(tenant, 'pool-cap', 'pool', this.poolCap);
    }
  }

  /**
   * The right to run one session of `tenant` with `agent`, on a rung that was chosen; a promise of it while the pool is full and
   * opens may wait. Aborting `signal` calls the wait off.
   * @throws (where it waits, as a rejection) TENANTRY_POOL_DRAINING, TENANTRY_TENANT_DRAINING,
   *   TENANTRY_TENANT_QUARANTINED, TENANTRY_BREAKER_OPEN, TENANTRY_RATE_LIMITED, TENANTRY_TENANT_CAP, TENANTRY_AGENT_CAP,
   *   TENANTRY_POOL_CAP, TENANTRY_QUEUE_FULL, TENANTRY_QUEUE_TIMEOUT, each with `retryAfterMs`;
   *   TENANTRY_SESSION_CANCELLED
   */
  admit(
    tenant: Tenant,
    agent: string,
    signal?: AbortSignal,
    rung: Rung = tenant.placedRung,
  ): SessionPermit | Promise<SessionPermit> {
    this.refuse(tenant, agent, rung);
    const agentCap = this.#agentCap(agent);
    if (this.#room !== undefined && this.poolCap.isFull) {
      return this.#room.wait(tenant, agentCap, signal);
    }
    tenant.bucket?.take();
    return this.#permit(tenant, agentCap);
  }

  /**
   * Asked again before a session is placed that had to wait for its config or its permit, with the
   * rung of now and how many drains of its tenant had begun when it asked: after one of them the tenant
   * is to have no session that asked before it.
   * @throws TENANTRY_POOL_DRAINING, TENANTRY_TENANT_DRAINING, TENANTRY_TENANT_QUARANTINED
   */
  refuseLate(tenant: Tenant, rung: Rung, drainsBegun: number): void {
    this.#refuseWhileDraining(tenant);
    if (tenant.drainsBegun !== drainsBegun) throw tenantDrains(tenant);
    if (rung === 'quarantined') throw this.#quarantined(tenant);
  }

  /** For its offences. */
  isQuarantined(tenant: string): boolean {
    return this.quarantine?.leftMs(tenant) !== undefined;
  }

  /** A permit was given back: it goes to whoever waits, before anyone new asks. */
  freed(): void {
    this.#room?.letIn();
    if (this.poolCap.heldCount === 0) this.#alive?.release();
  }

  #permit(tenant: Tenant, agentCap: Cap | undefined): SessionPermit {
    const permit = new SessionPermit(tenant, agentCap, this);
    if (this.poolCap.heldCount === 1) this.#alive?.hold();
    return permit;
  }

  #door(): Door {
    const { poolCap } = this;
    return {
      get isOpen() {
        return !poolCap.isFull;
      },
      turnedAway: (tenant) =>
        this.isQuarantined(tenant.id) ? this.#quarantined(tenant) : this.#keptOut(tenant),
      admit: (tenant, agentCap) => this.#permit(tenant, agentCap),
    };
  }

  #refuseWhileDraining(tenant: Tenant): void {
    if (this.#isDraining) throw drains(tenant);
    if (tenant.drains > 0) throw tenantDrains(tenant);
  }

  #quarantined(tenant: Tenant): TenantryError {
    const leftMs = this.quarantine?.leftMs(tenant.id) ?? QUARANTINE_RETRY_AFTER_MS;
    return refusal(tenant, 'quarantined', 'it is quarantined for its offences', leftMs);
  }

  /** What else keeps all sessions of a tenant out, also those that have waited. */
  #keptOut(tenant: Tenant): TenantryError | null {
    const quarantinedForMs =
      tenant.quarantinedUntilMs === 0 ? null : tenant.quarantinedForMs(this.#clock.nowMs());
    if (quarantinedForMs !== null) {
      const why = 'it is quarantined, its isolate kept failing';
      return refusal(tenant, 'quarantined', why, quarantinedForMs);
    }
    const refusedForMs = tenant.breaker === undefined ? null : tenant.breaker.refusedForMs();
    if (refusedForMs === null) return null;
    return refusal(tenant, 'breaker', 'its circuit breaker is open', refusedForMs);
  }

  #agentCap(agent: string): Cap | undefined {
    if (this.#agentCounts.size + this.#agentCaps.size === 0) return undefined;
    const known = this.#agentCaps.get(agent);
    if (known !== undefined) return known;
    const maxCount = this.#agentCounts.get(agent);
    if (maxCount === undefined) return undefined;
    const cap = new Cap(maxCount);
    this.#agentCaps.set(agent, cap);
    return cap;
  }
}

function drains(tenant: Tenant): TenantryError {
  return refusal(tenant, 'draining', 'the pool is draining', DRAIN_RETRY_AFTER_MS);
}

function tenantDrains(tenant: Tenant): TenantryError {
  const why = 'the tenant is draining';
  const code = 'TENANTRY_TENANT_DRAINING';
  return refusal(tenant, 'draining', why, DRAIN_RETRY_AFTER_MS, undefined, code);
}
