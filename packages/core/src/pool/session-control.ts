/** Drains and kicks by hand: of the whole pool, one tenant, one session. */
import { TenantryError, shown } from '../errors/errors.js';
import { LONGEST_DRAIN_MS, type ControlReply, type ControlRequest } from '../inspector/control.js';
import type { Tenant } from '../tenant/tenant.js';
import { RUNTIME } from '../vocabulary/actor.js';
import { BY_CODE, type Asking, type ControlledPool } from './asking.js';
import type { ClientSession } from '../session/client-session.js';
import { drainSessions, type DrainReport } from '../session/drain.js';
import { sessionNamed, tenantNamed } from './named.js';
import type { Outcome } from '../session/outcome.js';
import type { PoolParts } from './pool-parts.js';

export interface DrainOptions {
  readonly timeoutMs?: number;
  readonly tenant?: string;
  /** The id, or at least its first 8 characters. */
  readonly session?: string;
}

export class SessionControl {
  readonly #parts: PoolParts;
  readonly #pool: ControlledPool;
  /** Who has the pool drained, and how soon: the latest that changed something. */
  #poolDrain: { readonly actor: Asking['actor']; readonly timeoutMs: number } | undefined;

  constructor(parts: PoolParts, pool: ControlledPool) {
    this.#parts = parts;
    this.#pool = pool;
  }

  /** @throws (as a rejection) TENANTRY_SESSION_UNKNOWN */
  async kick(name: string, detail?: string, asking = BY_CODE): Promise<Outcome> {
    const session = sessionNamed(this.#parts.live, name);
    const { id, tenant, agent } = session;
    const { uid } = asking.actor;
    const by = uid === null ? 'by hand' : `by hand (uid ${uid})`;
    const why = detail === undefined ? `ended ${by}` : `ended ${by}: ${detail}`;
    this.#pool.confinement().trail.record({
      kind: 'session.kicked',
      tenant,
      session: id,
      actor: asking.actor,
      detail: { agent, detail: detail ?? null },
    });
    return session.cancel(why);
  }

  async kickReply(name: string, asking: Asking): Promise<ControlReply> {
    const { id, tenant, state } = sessionNamed(this.#parts.live, name);
    const said = `session ${id} of tenant "${tenant}" is ended with "cancelled"`;
    const reply = {
      command: 'kick',
      target: id,
      isDryRun: asking.dryRun,
      changed: true,
      before: { state },
      said,
    } as const;
    if (asking.dryRun) return { ...reply, after: { state: 'ended' } };
    const { reason, durationMs } = await this.kick(id, undefined, asking);
    const isAudited = await this.#pool.confinement().trail.settled();
    return { ...reply, after: { state: 'ended', reason, durationMs }, isAudited };
  }

  /**
   * @throws (as a rejection) TENANTRY_TENANT_UNKNOWN, TENANTRY_SESSION_UNKNOWN,
   *   TENANTRY_OPTIONS_INVALID
   */
  drain(options: DrainOptions, asking = BY_CODE): Promise<DrainReport> {
    const { tenant, session, timeoutMs = this.#parts.options.drainTimeoutMs } = options;
    try {
      if (!(timeoutMs >= 0 && timeoutMs <= LONGEST_DRAIN_MS)) {
        throw new TenantryError(
          'TENANTRY_OPTIONS_INVALID',
          `timeoutMs: expected 0 to ${LONGEST_DRAIN_MS}, received ${shown(timeoutMs)}`,
        );
      }
      if (tenant !== undefined && session !== undefined) {
        throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'drain: name a tenant or a session');
      }
      if (session !== undefined) return this.#drainSession(session, timeoutMs, asking);
      if (tenant === undefined) return this.#drainPool(timeoutMs, asking);
      return this.#drainTenant(tenantNamed(this.#parts.tenants, tenant), timeoutMs, asking);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async drainReply(
    { tenant, session, timeoutMs }: Extract<ControlRequest, { command: 'drain' }>,
    asking: Asking,
  ): Promise<ControlReply> {
    const whose = tenant === null ? null : tenantNamed(this.#parts.tenants, tenant);
    const one = session === null ? null : sessionNamed(this.#parts.live, session);
    const running = one !== null ? [one] : this.#sessionsOf(whose);
    const reply = {
      command: 'drain',
      target: one?.id ?? whose?.id ?? 'pool',
      isDryRun: asking.dryRun,
      changed: true,
      before: { sessions: running.length },
    } as const;
    if (asking.dryRun) {
      const said = `${running.length} sessions would be given time to finish`;
      return { ...reply, after: { sessions: 0 }, said };
    }
    const options = {
      ...(whose === null ? {} : { tenant: whose.id }),
      ...(one === null ? {} : { session: one.id }),
      ...(timeoutMs === null ? {} : { timeoutMs }),
    };
    const report = await this.drain(options, asking);
    const said = `${report.finished} sessions finished, ${report.drained} were ended`;
    const isAudited = await this.#pool.confinement().trail.settled();
    return { ...reply, after: { sessions: 0, ...report }, said, isAudited };
  }

  /**
   * One that was not started drains too, and has nothing to tell. Repeated calls are one drain, over at
   * the earliest of their deadlines.
   */
  #drainPool(timeoutMs: number, { actor }: Asking): Promise<DrainReport> {
    const trail = this.#pool.trail();
    const { over, isNews } = this.#pool.drainPool(timeoutMs);
    if (!isNews) return over;
    const sessions = this.#parts.live.count;
    trail?.record({ kind: 'pool.draining', actor, detail: { timeoutMs, sessions } });
    const drain = { actor, timeoutMs };
    this.#poolDrain = drain;
    void over.then((report) => {
      if (this.#poolDrain !== drain) return;
      trail?.record({ kind: 'pool.drained', actor, detail: { timeoutMs, ...report } });
    });
    return over;
  }

  async #drainSession(name: string, timeoutMs: number, asking: Asking): Promise<DrainReport> {
    const session = sessionNamed(this.#parts.live, name);
    const report = await drainSessions([session], this.#parts.clock, timeoutMs, 'drained');
    this.#record('session.drained', session.tenant, { timeoutMs, ...report }, asking, session.id);
    return report;
  }

  /** One that goes on offending where its tenant is no longer placed. */
  async drainOffender(id: string, offence: string): Promise<void> {
    const session = this.#parts.live.all().find((each) => each.id === id);
    if (session === undefined) return;
    const { clock, options } = this.#parts;
    const timeoutMs = options.escalation.drainTimeoutMs;
    const report = await drainSessions([session], clock, timeoutMs, 'drained');
    const detail = { timeoutMs, offence, ...report };
    const about = { tenant: session.tenant, session: id };
    const { trail } = this.#pool.confinement();
    trail.record({ kind: 'session.drained', ...about, actor: RUNTIME, detail });
  }

  async #drainTenant(tenant: Tenant, timeoutMs: number, asking: Asking): Promise<DrainReport> {
    const { admission } = this.#parts;
    admission.drainBegins(tenant);
    try {
      const sessions = this.#sessionsOf(tenant);
      const report = await drainSessions(sessions, this.#parts.clock, timeoutMs, 'drained');
      this.#record('tenant.drained', tenant.id, { timeoutMs, ...report }, asking);
      return report;
    } finally {
      admission.drainEnds(tenant);
    }
  }

  #record(
    kind: string,
    tenant: string,
    detail: Readonly<Record<string, unknown>>,
    { actor }: Asking,
    session?: string,
  ): void {
    const about = session === undefined ? { tenant } : { tenant, session };
    this.#pool.confinement().trail.record({ kind, ...about, actor, detail });
  }

  #sessionsOf(tenant: Tenant | null): ClientSession[] {
    const all = this.#parts.live.all();
    return tenant === null ? all : all.filter((session) => session.tenant === tenant.id);
  }
}
