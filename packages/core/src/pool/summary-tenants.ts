/** The tenants of a summary: who is shown with figures of their own, and everyone else in one row. */
import type { TenantFigures } from '../exposition/metrics-summary.js';
import { addBooks, addCost, type Counters } from '../exposition/tenant-counters.js';
import { OTHER_TENANTS, type Candidate, type TopTenants } from '../exposition/top-tenants.js';
import type { MemoryShare } from '../snapshot/attribute.js';
import { NO_BLOCKS } from '../snapshot/figures.js';
import type { Usage } from '../snapshot/report.js';
import type { Tenant } from '../tenant/tenant.js';
import type { PoolFacts } from './pool-snapshot.js';
import { memoryOf, nothingRunning, type Running, type RunningSums } from './running-sums.js';

export interface TenantView {
  readonly facts: PoolFacts;
  readonly sums: RunningSums;
  readonly usage: ReadonlyMap<string, Usage>;
  readonly shares: ReadonlyMap<string, MemoryShare>;
  readonly nowMs: number;
}

/** The rows of who is shown, and the counters of all tenants together. */
export function tenantFigures(
  view: TenantView,
  top: TopTenants,
): { readonly tenants: TenantFigures[]; readonly counters: Counters } {
  const { facts, sums, nowMs } = view;
  const totals: Record<string, number> = totalCost(view);
  const candidates: Candidate[] = [];
  for (const tenant of facts.tenants.all()) {
    const { books } = tenant;
    addBooks(totals, books);
    const active = sums.tenants.get(tenant.id)?.active ?? 0;
    let activity = books.started;
    for (const reason in books.refusals) activity += books.refusals[reason]!;
    const needsAttention = isConspicuous(facts, tenant, nowMs);
    if (active > 0 || activity > 0 || needsAttention)
      candidates.push({ tenant: tenant.id, active, activity, needsAttention });
  }
  for (const books of [facts.malformed, facts.tenants.forgotten]) addBooks(totals, books);
  for (const { messagesIn, messagesOut } of sums.tenants.values()) {
    totals['messagesIn']! += messagesIn;
    totals['messagesOut']! += messagesOut;
  }
  const shown = top
    .choose(candidates, nowMs)
    .map((id) => shownTenant(view, facts.tenants.find(id)!, top))
    .sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  return {
    tenants: [...shown, others(view, shown, top.other(totals))],
    counters: { ...top.totals(totals) },
  };
}

function totalCost({ facts: { introspection }, usage }: TenantView): Record<string, number> {
  const totals: Record<string, number> = {};
  let cpuMs: number | undefined;
  for (const { totalMs } of usage.values()) cpuMs = (cpuMs ?? 0) + totalMs;
  addCost(totals, cpuMs, introspection?.desk.ofAllTenants ?? NO_BLOCKS);
  return totals;
}

function isConspicuous(facts: PoolFacts, tenant: Tenant, nowMs: number): boolean {
  return (
    tenant.quarantinedUntilMs > nowMs ||
    (tenant.breaker !== undefined && tenant.breaker.state !== 'closed') ||
    facts.confinement?.escalation.isConfined(tenant.id) === true
  );
}

function shownTenant(view: TenantView, tenant: Tenant, top: TopTenants): TenantFigures {
  const { facts, sums, shares, nowMs } = view;
  const { id, cap, waiting } = tenant;
  const running = sums.tenants.get(id);
  const ladder = facts.confinement?.ladderFigure(id) ?? null;
  const isQuarantined = tenant.quarantinedForMs(nowMs) !== null;
  return {
    tenant: id,
    active: running?.active ?? 0,
    maxSessions: Number.isFinite(cap.maxCount) ? cap.maxCount : null,
    queuedIn: running?.queuedIn ?? 0,
    queuedOut: running?.queuedOut ?? 0,
    waiting: waiting.count,
    memoryBytes: memoryOf(running, shares),
    rung: isQuarantined ? 'quarantined' : (ladder?.rung ?? tenant.placedRung),
    breaker: tenant.breaker?.state ?? null,
    offenceRatio: ladder === null ? null : ladder.score / ladder.threshold,
    counters: { ...top.shown(id, countersOf(tenant, running, view)) },
  };
}

function countersOf(
  { id, books }: Tenant,
  running: Running | undefined,
  { facts, usage, nowMs }: TenantView,
): Counters {
  const counters: Record<string, number> = {};
  addBooks(counters, books);
  counters['messagesIn']! += running?.messagesIn ?? 0;
  counters['messagesOut']! += running?.messagesOut ?? 0;
  const blocked = facts.introspection?.desk.ofTenant(id, nowMs) ?? NO_BLOCKS;
  addCost(counters, usage.get(id)?.totalMs, blocked);
  return counters;
}

/** All but those shown. */
function others(
  view: TenantView,
  shown: readonly TenantFigures[],
  counters: Counters,
): TenantFigures {
  const known = new Set(shown.map(({ tenant }) => tenant));
  const sum = nothingRunning();
  let memoryBytes: number | null = null;
  for (const [tenant, running] of view.sums.tenants) {
    if (known.has(tenant)) continue;
    sum.active += running.active;
    sum.queuedIn += running.queuedIn;
    sum.queuedOut += running.queuedOut;
    const bytes = memoryOf(running, view.shares);
    if (bytes !== null) memoryBytes = (memoryBytes ?? 0) + bytes;
  }
  let waiting = 0;
  for (const tenant of view.facts.tenants.all()) {
    if (!known.has(tenant.id)) waiting += tenant.waiting.count;
  }
  return {
    tenant: OTHER_TENANTS,
    active: sum.active,
    maxSessions: null,
    queuedIn: sum.queuedIn,
    queuedOut: sum.queuedOut,
    waiting,
    memoryBytes,
    rung: null,
    breaker: null,
    offenceRatio: null,
    counters: { ...counters },
  };
}
