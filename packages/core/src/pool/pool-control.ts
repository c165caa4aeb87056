/**
 * What a person does to a running pool by hand, over the socket or in code: looked up, carried out at
 * once, and answered with what was before and after. What each act means is left to the parts.
 */
import process from 'node:process';
import { TenantryError, shown } from '../errors/errors.js';
import {
  LONGEST_DRAIN_MS,
  SHORTEST_SESSION_PREFIX,
  parseControl,
  type ControlReply,
  type ControlRequest,
  type ExplainRequest,
} from '../inspector/control.js';
import type { Tenant } from '../tenant/tenant.js';
import { parseTenantId } from '../vocabulary/names.js';
import type { ClientSession } from './client-session.js';
import { drainSessions, type DrainReport } from './drain.js';
import type { Outcome } from './outcome.js';
import type { PoolParts } from './pool-parts.js';

export interface DrainOptions {
  readonly timeoutMs?: number;
  readonly tenant?: string;
  /** The id, or at least its first 8 characters. */
  readonly session?: string;
}

/** What the whole pool does. */
export interface ControlledPool {
  drainPool(timeoutMs: number): Promise<DrainReport>;
}

/** Who asks, and whether only to learn what would be done. */
export interface Asking {
  readonly uid: number | null;
  readonly via: 'socket' | 'api';
  readonly dryRun: boolean;
}

/** What an act changes, and how. */
interface Act {
  readonly command: ControlRequest['command'];
  readonly target: string;
  facts(): Readonly<Record<string, unknown>>;
  /** What `facts` will be. */
  readonly after: Readonly<Record<string, unknown>>;
  readonly said: string;
  do(): void;
}

const BY_CODE: Asking = { uid: process.getuid?.() ?? null, via: 'api', dryRun: false };

export class PoolControl {
  readonly #parts: PoolParts;
  readonly #pool: ControlledPool;

  constructor(parts: PoolParts, pool: ControlledPool) {
    this.#parts = parts;
    this.#pool = pool;
  }

  /** A request of the socket. */
  async carryOut(request: ControlRequest | ExplainRequest): Promise<unknown> {
    if (request.command === 'explain') throw unknownName('TENANTRY_TENANT_UNKNOWN', request.name);
    const asking: Asking = { uid: request.uid, via: 'socket', dryRun: request.dryRun };
    switch (request.command) {
      case 'cap':
        return this.cap(request.tenant, request.maxSessions, asking);
      case 'kick':
        return this.#kickReply(request.session, asking);
      case 'drain':
        return this.#drainReply(request, asking);
      default:
        throw new TenantryError('TENANTRY_INSPECTOR_REQUEST_INVALID', request.command);
    }
  }

  /** @throws TENANTRY_TENANT_UNKNOWN, TENANTRY_TENANT_ID_INVALID, TENANTRY_OPTIONS_INVALID */
  cap(name: string, maxSessions: number | null, asking = BY_CODE): ControlReply {
    parseControl({ command: 'cap', tenant: name, maxSessions });
    const tenant = this.#tenant(name);
    const configured = tenant.settings.maxSessions;
    const most = maxSessions ?? configured;
    return this.#act(asking, {
      command: 'cap',
      target: tenant.id,
      facts: () => ({ maxSessions: finite(tenant.cap.maxCount) }),
      after: { maxSessions: finite(most) },
      said:
        maxSessions === null
          ? `tenant "${tenant.id}" has its configured cap`
          : `tenant "${tenant.id}" may run ${maxSessions} sessions at once`,
      do: () => {
        tenant.cap.maxCount = most;
      },
    });
  }

  /** @throws TENANTRY_SESSION_UNKNOWN */
  async kick(name: string, detail = 'ended by hand'): Promise<Outcome> {
    return this.#session(name).cancel(detail);
  }

  async #kickReply(name: string, asking: Asking): Promise<ControlReply> {
    const session = this.#session(name);
    const before = { state: session.state };
    const said = `session ${session.id} of tenant "${session.tenant}" is ended with "cancelled"`;
    const reply = { command: 'kick', target: session.id, isDryRun: asking.dryRun, before } as const;
    if (asking.dryRun) return { ...reply, changed: true, after: { state: 'ended' }, said };
    const by = asking.uid === null ? 'by hand' : `by hand (uid ${asking.uid})`;
    const { reason, durationMs } = await session.cancel(`ended ${by}`);
    return { ...reply, changed: true, after: { state: 'ended', reason, durationMs }, said };
  }

  /** @throws TENANTRY_TENANT_UNKNOWN, TENANTRY_SESSION_UNKNOWN, TENANTRY_OPTIONS_INVALID */
  drain({ tenant, session, timeoutMs }: DrainOptions): Promise<DrainReport> {
    const { options, clock } = this.#parts;
    const forMs = timeoutMs ?? options.drainTimeoutMs;
    try {
      if (!(forMs >= 0 && forMs <= LONGEST_DRAIN_MS)) {
        throw new TenantryError(
          'TENANTRY_OPTIONS_INVALID',
          `timeoutMs: expected 0 to ${LONGEST_DRAIN_MS}, received ${shown(timeoutMs)}`,
        );
      }
      if (tenant !== undefined && session !== undefined) {
        throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'drain: name a tenant or a session');
      }
      if (session !== undefined) {
        return drainSessions([this.#session(session)], clock, forMs, 'drained');
      }
      if (tenant !== undefined) return this.#drainTenant(this.#tenant(tenant), forMs);
      return this.#pool.drainPool(forMs);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #drainTenant(tenant: Tenant, timeoutMs: number): Promise<DrainReport> {
    tenant.drains += 1;
    try {
      return await drainSessions(this.#sessionsOf(tenant), this.#parts.clock, timeoutMs, 'drained');
    } finally {
      tenant.drains -= 1;
    }
  }

  async #drainReply(
    { tenant, session, timeoutMs }: Extract<ControlRequest, { command: 'drain' }>,
    asking: Asking,
  ): Promise<ControlReply> {
    const whose = tenant === null ? null : this.#tenant(tenant);
    const one = session === null ? null : this.#session(session);
    const target = one?.id ?? whose?.id ?? 'pool';
    const sessions =
      one !== null ? [one] : whose === null ? this.#parts.live.all() : this.#sessionsOf(whose);
    const before = { sessions: sessions.length };
    const reply = { command: 'drain', target, isDryRun: asking.dryRun, before } as const;
    if (asking.dryRun) {
      const said = `${sessions.length} sessions would be given time to finish`;
      return { ...reply, changed: true, after: { sessions: 0 }, said };
    }
    const report = await this.drain({
      ...(whose === null ? {} : { tenant: whose.id }),
      ...(one === null ? {} : { session: one.id }),
      ...(timeoutMs === null ? {} : { timeoutMs }),
    });
    const said = `${report.finished} sessions finished, ${report.drained} were ended`;
    return { ...reply, changed: true, after: { sessions: 0, ...report }, said };
  }

  #act(asking: Asking, act: Act): ControlReply {
    const before = act.facts();
    const changed = JSON.stringify(before) !== JSON.stringify(act.after);
    if (changed && !asking.dryRun) act.do();
    const { command, target, after, said } = act;
    return { command, target, isDryRun: asking.dryRun, changed, before, after, said };
  }

  #tenant(name: string): Tenant {
    const tenant = this.#parts.tenants.find(parseTenantId(name));
    if (tenant === undefined) throw unknownName('TENANTRY_TENANT_UNKNOWN', name);
    return tenant;
  }

  #sessionsOf({ id }: Tenant): ClientSession[] {
    return this.#parts.live.all().filter(({ tenant }) => tenant === id);
  }

  #session(name: string): ClientSession {
    const sessions = this.#parts.live.all();
    const exact = sessions.find(({ id }) => id === name);
    if (exact !== undefined) return exact;
    const alike =
      name.length < SHORTEST_SESSION_PREFIX ? [] : sessions.filter(({ id }) => id.startsWith(name));
    if (alike.length === 1) return alike[0]!;
    throw unknownName('TENANTRY_SESSION_UNKNOWN', name, alike.length);
  }
}

function finite(count: number): number | null {
  return Number.isFinite(count) ? count : null;
}

function unknownName(
  code: 'TENANTRY_TENANT_UNKNOWN' | 'TENANTRY_SESSION_UNKNOWN',
  name: string,
  alike = 0,
): TenantryError {
  const what = code === 'TENANTRY_TENANT_UNKNOWN' ? 'tenant' : 'session';
  const why = alike > 1 ? `${alike} begin with it: give more of the id` : 'none is known';
  return new TenantryError(code, `${what} ${shown(name)}: ${why}`, {
    details: { received: shown(name) },
  });
}
