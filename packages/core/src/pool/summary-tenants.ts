/** The tenants of a summary: who is shown with figures of their own, and everyone else in one row. */
import type { TenantFigures } from '../exposition/metrics-summary.js';
import { addBooks, addCost, type Counters } from '../exposition/tenant-counters.js';
import { OTHER_TENANTS, type TopTenants } from '../exposition/top-tenants.js';
import type { MemoryShare } from '../snapshot/attribute.js';
import { NO_BLOCKS } from '../snapshot/figures.js';
import type { Usage } from '../snapshot/report.js';
import type { Tenant } from '../tenant/tenant.js';
import type { PoolFacts } from './pool-snapshot.js';
import { memoryOf, type Running, type RunningSums } from './running-sums.js';
import type { TenantSurvey } from './tenant-survey.js';

export interface TenantView {
  readonly facts: PoolFacts;
  readonly sums: RunningSums;
  readonly survey: TenantSurvey;
  /** Of those shown, and of all others together. */
  readonly usage: ReadonlyMap<string, Usage>;
  readonly shares: ReadonlyMap<string, MemoryShare>;
  readonly nowMs: number;
}

/** The rows of who is shown, and the counters of all tenants together. */
export function tenantFigures(
  view: TenantView,
  shown: readonly string[],
  top: TopTenants,
): { readonly tenants: TenantFigures[]; readonly counters: Counters } {
  const { facts, sums, survey, usage } = view;
  const rows = shown
    .map((id) => shownTenant(view, facts.tenants.find(id)!, top))
    .sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  const totals: Record<string, number> = {};
  let cpuMs: number | undefined;
  for (const { totalMs } of usage.values()) cpuMs = (cpuMs ?? 0) + totalMs;
  addBooks(totals, survey.books);
  totals['messagesIn']! += sums.all.messagesIn;
  totals['messagesOut']! += sums.all.messagesOut;
  addCost(totals, cpuMs, facts.introspection?.desk.ofAllTenants ?? NO_BLOCKS);
  return {
    tenants: [...rows, others(view, rows, top.other(totals))],
    counters: top.totals(totals),
  };
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
  { sums, survey, shares }: TenantView,
  shown: readonly TenantFigures[],
  counters: Counters,
): TenantFigures {
  const less = (all: number, of: (row: TenantFigures) => number | null): number =>
    shown.reduce((rest, row) => rest - (of(row) ?? 0), all);
  const allBytes = memoryOf(sums.all, shares);
  const rest = less(allBytes ?? 0, ({ memoryBytes }) => memoryBytes);
  return {
    tenant: OTHER_TENANTS,
    active: less(sums.all.active, ({ active }) => active),
    maxSessions: null,
    queuedIn: less(sums.all.queuedIn, ({ queuedIn }) => queuedIn),
    queuedOut: less(sums.all.queuedOut, ({ queuedOut }) => queuedOut),
    waiting: less(survey.waiting, ({ waiting }) => waiting),
    // Sums of shares may differ in the last digit.
    memoryBytes: allBytes === null ? null : Math.max(0, Math.round(rest)),
    rung: null,
    breaker: null,
    offenceRatio: null,
    counters: { ...counters },
  };
}
