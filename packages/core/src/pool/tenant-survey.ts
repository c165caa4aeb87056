/** One look at all tenants there are, for the metrics: what they have come to, and who stands out. */
import type { Candidate, TopTenants } from '../exposition/top-tenants.js';
import { emptyBooks, type BookTotals } from '../tenant/tenant-books.js';
import type { Tenant } from '../tenant/tenant.js';
import type { PoolFacts } from './pool-snapshot.js';

export interface TenantSurvey {
  /** Of all, those that are forgotten and those that could not exist included; of sessions that ended. */
  readonly books: BookTotals;
  /** Who has series of their own, and who could have. */
  readonly candidates: readonly Candidate[];
  /** Opens that wait for the full pool. */
  readonly waiting: number;
  readonly oldestWaitMs: number;
}

export function surveyTenants(facts: PoolFacts, top: TopTenants, nowMs: number): TenantSurvey {
  const isOpen = top.isOpen(nowMs);
  const books = emptyBooks();
  const candidates: Candidate[] = [];
  let waiting = 0;
  let oldestWaitMs = 0;
  for (const tenant of facts.tenants.all()) {
    addInto(books, tenant.books);
    if (tenant.waiting.count > 0) {
      waiting += tenant.waiting.count;
      oldestWaitMs = Math.max(oldestWaitMs, nowMs - tenant.waiting.oldestSinceMs);
    }
    const needsAttention = isConspicuous(facts, tenant, nowMs);
    if (needsAttention || isOpen || top.has(tenant.id)) {
      const candidate = candidateOf(tenant, needsAttention);
      const hasActed = candidate.active > 0 || candidate.activity > 0;
      if (hasActed || needsAttention) candidates.push(candidate);
    }
  }
  addInto(books, facts.malformed);
  addInto(books, facts.tenants.forgotten);
  return { books, candidates, waiting, oldestWaitMs };
}

function candidateOf({ id, books, cap }: Tenant, needsAttention: boolean): Candidate {
  let activity = books.started;
  for (const reason in books.refusals) activity += books.refusals[reason]!;
  return { tenant: id, active: cap.heldCount, activity, needsAttention };
}

function isConspicuous(facts: PoolFacts, tenant: Tenant, nowMs: number): boolean {
  return (
    tenant.quarantinedUntilMs > nowMs ||
    (tenant.breaker !== undefined && tenant.breaker.state !== 'closed') ||
    facts.confinement?.escalation.isConfined(tenant.id) === true
  );
}

/** As `addBooks` does for one; without a list for each of thousands. */
function addInto(into: BookTotals, from: BookTotals): void {
  into.started += from.started;
  into.failures += from.failures;
  into.messagesIn += from.messagesIn;
  into.messagesOut += from.messagesOut;
  into.strayErrors += from.strayErrors;
  addCounts(into.ends, from.ends);
  addCounts(into.refusals, from.refusals);
}

function addCounts(
  into: Partial<Record<string, number>>,
  from: Readonly<Partial<Record<string, number>>>,
): void {
  for (const reason in from) into[reason] = (into[reason] ?? 0) + from[reason]!;
}
