/**
 * What a person does to a running pool by hand, over the socket or in code: looked up, carried out at
 * once, put into the audit trail, and answered with what was before and after. Drains and kicks are
 * in `session-control.ts`.
 */
import { TenantryError } from '../errors/errors.js';
import {
  SHORTEST_SESSION_PREFIX,
  parseControl,
  type ControlReply,
  type ControlRequest,
  type ExplainRequest,
  type Explanation,
  type HandRung,
} from '../inspector/control.js';
import type { ReplayAct } from '../inspector/replay-act.js';
import type { DeadLetterQuestion } from '../inspector/dead-letter-request.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { Tenant } from '../tenant/tenant.js';
import { isTenantId } from '../vocabulary/names.js';
import type { Rung } from '../vocabulary/rung.js';
import { BY_CODE, type Asking, type ControlledPool } from './asking.js';
import type { Confinement } from './confinement.js';
import { explainSession, explainTenant } from '../explain/explanation.js';
import { carriedOut, possible } from './held-by.js';
import { tenantNamed, unknownName } from './named.js';
import type { PoolJobs } from './pool-jobs.js';
import type { PoolParts } from './pool-parts.js';
import { replayEntry } from './replay-audit.js';
import { SessionControl } from './session-control.js';

/** What an act on a tenant changes, and how. */
interface Act {
  readonly command: ControlRequest['command'];
  readonly tenant: Tenant;
  /** What `factsOf` will say differently. */
  readonly after: Readonly<Record<string, unknown>>;
  readonly said: string;
  /** Throws where it cannot be done. */
  do(confinement: Confinement): void;
  /** The same of an act that is only asked about; nothing is told or kept. */
  check?(confinement: Confinement): void;
}

export class PoolControl {
  readonly sessions: SessionControl;
  readonly #parts: PoolParts;
  readonly #jobs: PoolJobs;
  readonly #pool: ControlledPool;

  constructor(parts: PoolParts, jobs: PoolJobs, pool: ControlledPool) {
    this.#parts = parts;
    this.#jobs = jobs;
    this.#pool = pool;
    this.sessions = new SessionControl(parts, pool);
  }

  /** A request of the socket. */
  async carryOut(request: ControlRequest | ExplainRequest | DeadLetterQuestion): Promise<unknown> {
    if (request.command === 'explain') return this.explain(request.name);
    if (request.command === 'deadletters' && !('uid' in request)) return this.#jobs.answer(request);
    return this.act(request, { kind: 'operator', uid: request.uid, via: 'socket' });
  }

  /** A request in the name of whoever asks. */
  async act(request: ControlRequest, actor: Asking['actor']): Promise<ControlReply> {
    const asking: Asking = { actor, dryRun: request.dryRun };
    switch (request.command) {
      case 'deadletters':
        return this.#jobs.carryOut(request, asking);
      case 'isolate':
        return this.isolate(request.tenant, request.as, asking);
      case 'release':
        return this.release(request.tenant, asking);
      case 'pin':
        return this.pin(request.tenant, request.rung, asking);
      case 'cap':
        return this.cap(request.tenant, request.maxSessions, asking);
      case 'trip':
        return this.trip(request.tenant, asking);
      case 'reset':
        return this.reset(request.tenant, asking);
      case 'drain':
        return this.sessions.drainReply(request, asking);
      case 'replay':
        return this.#replay(request, asking);
      default:
        return this.sessions.kickReply(request.session, asking);
    }
  }

  /** It is carried out by whoever asks, in a process of its own. */
  async #replay(act: ReplayAct, { actor, dryRun }: Asking): Promise<ControlReply> {
    const { mode, tenant, session, agent, rung, agentHash, recordingHash } = act;
    const reply = {
      command: 'replay',
      target: session,
      isDryRun: dryRun,
      changed: true,
      before: {},
      after: { mode, agent, rung },
      said: `session ${session} of tenant "${tenant}" is replayed (${mode})`,
    } as const;
    if (dryRun) return reply;
    const { trail } = this.#pool.confinement();
    const named = { mode, tenant, session, agent, rung, agentHash, recordingHash };
    trail.record(replayEntry(named, actor));
    return { ...reply, isAudited: await trail.settled() };
  }

  isolate(name: string, as: HandRung, asking = BY_CODE): Promise<ControlReply> {
    parseControl({ command: 'isolate', tenant: name, as });
    const tenant = this.#tenant(name);
    return this.#act(asking, {
      command: 'isolate',
      tenant,
      // Without an end: one that the runtime has confined there would be let go.
      after: { rung: as, state: 'confined', pin: null, leftMs: null },
      said: `new sessions of tenant "${tenant.id}" go to ${as} until it is released`,
      do: ({ escalation }) => carriedOut(escalation.isolate(tenant.id, as, asking.actor)),
      check: ({ escalation }) =>
        possible(tenant.id, as, escalation.refusalOf('isolate', tenant.id, as)),
    });
  }

  release(name: string, asking = BY_CODE): Promise<ControlReply> {
    const tenant = this.#tenant(name);
    const { floor } = this.#pool.confinement().stateOf(tenant.id);
    return this.#act(asking, {
      command: 'release',
      tenant,
      after: { rung: floor, state: 'free', evidence: 0, isHeldBack: false },
      said: `new sessions of tenant "${tenant.id}" go to ${floor}, its evidence is cleared`,
      do: (confinement) => carriedOut(confinement.release(tenant, asking.actor)),
      check: ({ escalation }) =>
        possible(tenant.id, floor, escalation.refusalOf('release', tenant.id, floor)),
    });
  }

  pin(name: string, rung: Rung | null, asking = BY_CODE): Promise<ControlReply> {
    parseControl({ command: 'pin', tenant: name, rung });
    const tenant = this.#tenant(name);
    const { pin, rung: now } = this.#pool.confinement().stateOf(tenant.id);
    return this.#act(asking, {
      command: 'pin',
      tenant,
      after:
        rung === null
          ? { rung: pin === null ? now : tenant.placedRung, pin: null }
          : { rung, state: 'pinned', pin: rung },
      said:
        rung === null
          ? `tenant "${tenant.id}" is pinned no more`
          : `tenant "${tenant.id}" stays on ${rung}, whatever it does`,
      do: ({ escalation }) => {
        const decision =
          rung === null
            ? escalation.unpin(tenant.id, asking.actor)
            : escalation.pin(tenant.id, rung, asking.actor);
        if (decision !== null) carriedOut(decision);
      },
      check: ({ escalation }) => {
        if (rung === null) return;
        possible(tenant.id, rung, escalation.refusalOf('pin', tenant.id, rung));
      },
    });
  }

  cap(name: string, maxSessions: number | null, asking = BY_CODE): Promise<ControlReply> {
    parseControl({ command: 'cap', tenant: name, maxSessions });
    const tenant = this.#tenant(name);
    const most = maxSessions ?? tenant.settings.maxSessions;
    return this.#act(asking, {
      command: 'cap',
      tenant,
      after: { maxSessions: Number.isFinite(most) ? most : null },
      said:
        maxSessions === null
          ? `tenant "${tenant.id}" has its configured cap`
          : `tenant "${tenant.id}" may run ${maxSessions} sessions at once`,
      do: ({ trail }) => {
        const before = { maxSessions: finite(tenant.cap.maxCount) };
        tenant.cap.maxCount = most;
        // Who waits for it may start now.
        this.#parts.admission.freed();
        const detail = { before, after: { maxSessions: finite(most) } };
        trail.record({ kind: 'tenant.capped', tenant: tenant.id, actor: asking.actor, detail });
      },
    });
  }

  trip(name: string, asking = BY_CODE): Promise<ControlReply> {
    return this.#breaker('trip', name, asking);
  }

  reset(name: string, asking = BY_CODE): Promise<ControlReply> {
    return this.#breaker('reset', name, asking);
  }

  #breaker(command: 'trip' | 'reset', name: string, asking: Asking): Promise<ControlReply> {
    const tenant = this.#tenant(name);
    const { breaker } = tenant;
    if (breaker === undefined) {
      throw new TenantryError(
        'TENANTRY_OPTIONS_INVALID',
        `${command}: the pool has no breakers (enableTenantCircuitBreaker: false)`,
      );
    }
    return this.#act(asking, {
      command,
      tenant,
      // One that only observes may be open and refuse nobody; one that is closed may be about to open.
      after:
        command === 'trip'
          ? { breaker: 'open', enforced: true }
          : { breaker: 'closed', failures: 0 },
      said:
        command === 'trip'
          ? `new sessions of tenant "${tenant.id}" are refused until its breaker lets a probe through`
          : `the breaker of tenant "${tenant.id}" is closed`,
      do: ({ trail }) => {
        const kind = command === 'trip' ? 'breaker.tripped' : 'breaker.reset';
        trail.record({ kind, tenant: tenant.id, actor: asking.actor, detail: {} });
        if (command === 'trip') breaker.trip();
        else breaker.reset();
      },
    });
  }

  /**
   * Why a tenant or session was refused, slow, moved or ended.
   * @throws TENANTRY_TENANT_UNKNOWN, TENANTRY_SESSION_UNKNOWN where several sessions begin so,
   *   TENANTRY_OPTIONS_INVALID
   */
  async explain(name: string): Promise<Explanation> {
    parseControl({ command: 'explain', name });
    const records = this.#pool.confinement().trail.recent();
    const snapshot = await this.#pool.snapshot();
    const isTenant =
      (isTenantId(name) && this.#parts.tenants.find(name) !== undefined) ||
      records.some(({ tenant }) => tenant === name);
    if (isTenant) return explainTenant(name, records, snapshot);
    const session = explainSession(wholeName(name, records, snapshot), records, snapshot);
    if (session === undefined) throw unknownName('TENANTRY_TENANT_UNKNOWN', name);
    return session;
  }

  async #act(asking: Asking, act: Act): Promise<ControlReply> {
    const confinement = this.#pool.confinement();
    const { command, tenant, said } = act;
    const before = this.#factsOf(tenant, confinement);
    const changes = pick(before, Object.keys(act.after));
    const changed = JSON.stringify(changes) !== JSON.stringify(act.after);
    const reply = { command, target: tenant.id, isDryRun: asking.dryRun, changed, said } as const;
    if (changed && asking.dryRun) act.check?.(confinement);
    if (!changed || asking.dryRun) return { ...reply, before: changes, after: act.after };
    act.do(confinement);
    const [isKept, isAudited] = await Promise.all([
      confinement.keep(tenant.id),
      confinement.trail.settled(),
    ]);
    const after = pick(this.#factsOf(tenant, confinement), Object.keys(act.after));
    const kept = isKept === null ? {} : { isKept };
    return { ...reply, before: changes, after, isAudited, ...kept };
  }

  #factsOf(tenant: Tenant, confinement: Confinement): Readonly<Record<string, unknown>> {
    const { rung, state, pin, leftMs, evidenceCount } = confinement.stateOf(tenant.id);
    const breaker = tenant.breaker?.figure();
    return {
      rung,
      state,
      pin,
      leftMs,
      evidence: evidenceCount,
      maxSessions: finite(tenant.cap.maxCount),
      breaker: breaker?.state ?? null,
      enforced: breaker?.enforced ?? null,
      failures: breaker?.failures ?? null,
      isHeldBack: tenant.quarantinedForMs(this.#parts.clock.nowMs()) !== null,
    };
  }

  /** @throws TENANTRY_TENANT_UNKNOWN, TENANTRY_TENANT_ID_INVALID */
  #tenant(name: string): Tenant {
    return tenantNamed(this.#parts.tenants, name);
  }
}

/**
 * The session that a beginning of its id stands for, where there is one.
 * @throws TENANTRY_SESSION_UNKNOWN where there are several
 */
function wholeName(
  name: string,
  records: readonly { readonly session?: string }[],
  { sessions, recentEnds }: Snapshot,
): string {
  if (name.length < SHORTEST_SESSION_PREFIX) return name;
  const known = [...sessions, ...recentEnds, ...records].map(({ session }) => session);
  const alike = new Set(known.filter((session) => session?.startsWith(name) === true));
  if (alike.size > 1 && !alike.has(name)) {
    throw unknownName('TENANTRY_SESSION_UNKNOWN', name, alike.size);
  }
  return alike.size === 1 ? [...alike][0]! : name;
}

function pick(
  facts: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, facts[name]]));
}

function finite(count: number): number | null {
  return Number.isFinite(count) ? count : null;
}
