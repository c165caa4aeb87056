/**
 * What of a pool's life goes into its audit trail: every decision, every act by hand, every end that
 * the runtime brought about; refusals are summed up. How it is kept is left to `state/audit-log.ts`.
 */
import type { Decision } from '../escalation/decision.js';
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { AuditEntry, AuditRecord } from '../state/audit-entry.js';
import type { Tenant } from '../tenant/tenant.js';
import type { TenantRegistry } from '../tenant/tenant-registry.js';
import type { Clock } from '../time/clock.js';
import { CODE, RUNTIME } from '../vocabulary/actor.js';
import type { DurableState } from './durable-state.js';
import type { Outcome } from '../session/outcome.js';

/** Refusals come by the thousand; how many there were, and why, is told once a minute. */
const SUMMARY_INTERVAL_MS = 60_000;
/** Tenants with a summary of their own; whoever sends thousands of ids must not fill the disk. */
const MOST_SUMMARIES = 500;
/** Ends told one by one in a second; a burst of them is told by its cause. */
const MOST_ENDS_PER_SECOND = 20;
const MOST_READ = 2_000;

/** Events that are decisions, or what decisions stand on. A block is evidence of the ledger. */
const AUDITED: ReadonlySet<RuntimeEvent['kind']> = new Set<RuntimeEvent['kind']>([
  'session.moved',
  'isolate.gave-up',
  'isolate.stuck',
  'memory.warned',
  'memory.limit',
  'config.reloaded',
  'config.rejected',
  'agents.reloaded',
  'observer.ended',
  'incident.captured',
  'incident.failed',
]);

/** Ends that the runtime or an operator decided; the others are the agent's or the client's. */
const AUDITED_ENDS: ReadonlySet<Outcome['reason']> = new Set<Outcome['reason']>([
  'timed-out',
  'cpu-limit',
  'memory-limit',
  'isolate-crashed',
  'isolate-unresponsive',
  'drained',
]);

export class AuditTrail {
  readonly #state: DurableState;
  readonly #tenants: TenantRegistry;
  readonly #clock: Clock;
  #last: Promise<boolean> = Promise.resolve(true);
  /** What has been told of each tenant's refusals. */
  #toldRefusals = new Map<string, Readonly<Record<string, number>>>();
  #summedUpMs: number;
  #endsInSecond = 0;
  #secondBeganMs = 0;

  constructor(state: DurableState, tenants: TenantRegistry, clock: Clock) {
    this.#state = state;
    this.#tenants = tenants;
    this.#clock = clock;
    this.#summedUpMs = clock.nowMs();
  }

  /** Not waited for; a disk that refuses is told of by the log itself. */
  record(entry: AuditEntry): void {
    this.#last = this.#state.audit.append(entry).then(
      () => true,
      () => false,
    );
  }

  /** Resolves when everything recorded so far is durable or refused. Answers whether the last is. */
  settled(): Promise<boolean> {
    return this.#last;
  }

  decided({ kind, tenant, actor, ...detail }: Decision): void {
    this.record({ kind: `tenant.${kind}`, tenant, actor, detail });
  }

  event(event: RuntimeEvent): void {
    const { kind, ...detail } = event;
    const isAudited = AUDITED.has(kind) || kind.startsWith('breaker.');
    const isFailure = event.kind === 'isolate.ended' && event.abnormal;
    if (!isAudited && !isFailure) return;
    const { tenant, session } = detail as { tenant?: string | null; session?: string };
    this.record({
      kind,
      ...(typeof tenant === 'string' ? { tenant } : {}),
      ...(typeof session === 'string' ? { session } : {}),
      actor: event.kind === 'session.moved' && event.byHand ? CODE : RUNTIME,
      detail: { ...detail },
    });
  }

  ended(outcome: Outcome): void {
    if (!AUDITED_ENDS.has(outcome.reason) || !this.#hasRoom()) return;
    const { session, tenant, agent, reason, isolation, isolate, durationMs } = outcome;
    const { cpuMs, blockedMs, error } = outcome;
    // Of our own making: a coded sentence that names no secret of the tenant's.
    const why = error?.message.split(': ').slice(1).join(': ').slice(0, 200);
    this.record({
      kind: 'session.ended',
      tenant,
      session,
      actor: RUNTIME,
      detail: {
        reason,
        agent,
        rung: isolation,
        isolate,
        durationMs,
        cpuMs,
        blockedMs,
        detail: why,
      },
    });
  }

  /** The last records, oldest first. */
  recent(): readonly AuditRecord[] {
    return this.#state.audit.recent({}, MOST_READ);
  }

  /** Called once a second. */
  tick(): void {
    if (this.#clock.nowMs() - this.#summedUpMs >= SUMMARY_INTERVAL_MS) this.#sumUpRefusals();
  }

  close(): void {
    this.#sumUpRefusals();
  }

  #hasRoom(): boolean {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#secondBeganMs >= 1_000) {
      this.#secondBeganMs = nowMs;
      this.#endsInSecond = 0;
    }
    this.#endsInSecond += 1;
    return this.#endsInSecond <= MOST_ENDS_PER_SECOND;
  }

  #sumUpRefusals(): void {
    const forMs = this.#clock.nowMs() - this.#summedUpMs;
    this.#summedUpMs += forMs;
    const told = new Map<string, Readonly<Record<string, number>>>();
    const due: { tenant: string; reasons: Readonly<Record<string, number>>; total: number }[] = [];
    for (const tenant of this.#tenants.all()) {
      const reasons = this.#newRefusals(tenant);
      told.set(tenant.id, { ...tenant.books.refusals });
      const total = Object.values(reasons).reduce((sum, times) => sum + times, 0);
      if (total > 0) due.push({ tenant: tenant.id, reasons, total });
    }
    this.#toldRefusals = told;
    if (due.length > MOST_SUMMARIES) due.sort((one, other) => other.total - one.total);
    const kind = 'admission.refused';
    for (const { tenant, reasons } of due.slice(0, MOST_SUMMARIES)) {
      this.record({ kind, tenant, actor: RUNTIME, detail: { reasons, forMs } });
    }
    const others = due.slice(MOST_SUMMARIES);
    if (others.length === 0) return;
    const reasons: Record<string, number> = {};
    for (const other of others) {
      for (const [reason, times] of Object.entries(other.reasons)) {
        reasons[reason] = (reasons[reason] ?? 0) + times;
      }
    }
    const detail = { tenantCount: others.length, reasons, forMs };
    this.record({ kind, actor: RUNTIME, detail });
  }

  #newRefusals({ id, books }: Tenant): Record<string, number> {
    const told = this.#toldRefusals.get(id);
    const reasons: Record<string, number> = {};
    for (const [reason, times] of Object.entries(books.refusals)) {
      const more = times - (told?.[reason] ?? 0);
      if (more > 0) reasons[reason] = more;
    }
    return reasons;
  }
}
