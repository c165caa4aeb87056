/**
 * Makes the summary that metrics are made of: what a snapshot says, in sums over the sessions instead
 * of rows, so that it takes the main loop a few milliseconds with ten thousand of them.
 */
import { processRssBytes } from '../attribution/process-memory.js';
import type { HealthFacts } from '../exposition/health.js';
import type { MetricsSummary } from '../exposition/metrics-summary.js';
import { isAnyMeasured, memoryShares, remainderOf, tenantUsage } from '../snapshot/attribute.js';
import { confinementOf, coverageOf, placeTotals, toIsolateRow } from '../snapshot/merge.js';
import { observerOf, runtimeOf, stalenessOf, type PoolFacts } from './pool-snapshot.js';
import type { SummaryParts } from './pool-metrics.js';
import { addUp, memoryOf } from './running-sums.js';
import { tenantFigures } from './summary-tenants.js';
import { surveyTenants } from './tenant-survey.js';

const BYTES_PER_MB = 1_048_576;

export function takeSummary(facts: PoolFacts, parts: SummaryParts): MetricsSummary {
  const { options, clock, placement, confinement } = facts;
  const { top, topIsolates, counts, extra } = parts;
  const nowMs = clock.nowMs();
  const survey = surveyTenants(facts, top, nowMs);
  const shown = top.choose(survey.candidates, nowMs);
  const sums = addUp(facts.live.all(), shown);
  const isolates = placement?.records(new Set(shown)) ?? [];
  const retired = placement?.retired() ?? { isolates: 0, cpuMs: 0, tenantCpuMs: {} };
  const input = { isolates, staleness: stalenessOf(options) };
  const rows = isolates.map((record) =>
    toIsolateRow(record, sums.inIsolates.get(record.isolate) ?? 0, input),
  );
  const usage = tenantUsage(isolates, retired);
  const shares = memoryShares(isolates, sums.inIsolates);
  const places = placeTotals(rows, retired);
  const sessionBytes = memoryOf(sums.all, shares) ?? 0;
  const view = { facts, sums, survey, usage, shares, nowMs };
  const { tenants, counters } = tenantFigures(view, shown, top);
  const figure = confinement?.figure();
  return {
    takenAtMs: clock.epochMs(),
    health: healthFacts(facts),
    runtime: runtimeOf(facts, nowMs),
    totals: {
      ...places,
      // Beside the tenants' counters: what an isolate that ends takes with it may be reported late.
      cpuMs: top.kept('processCpuMs', places.cpuMs),
      activeSessions: sums.all.active,
      maxConcurrentSessions: options.maxConcurrentSessions,
      isolatesEnded: retired.isolates,
      tenantCount: facts.tenants.count,
      waiting: survey.waiting,
      oldestWaitMs: survey.oldestWaitMs,
    },
    coverage: coverageOf(rows),
    observer: observerOf(facts),
    unattributed: isAnyMeasured(isolates)
      ? remainderOf(isolates, usage, { ...places, sessionBytes })
      : null,
    ...(figure === undefined ? {} : { confinement: confinementOf(figure) }),
    jobs: facts.jobs.figures(),
    counters,
    sessionsByRung: sums.byRung,
    sessionsByAgent: sums.byAgent,
    tenants,
    isolates: rows,
    counts: counts.figures(),
    extra,
    topIsolates,
  };
}

/** Asks nobody. */
export function healthFacts({ state, options, confinement }: PoolFacts): HealthFacts {
  const limitBytes = options.memoryLimitMb * BYTES_PER_MB;
  return {
    state,
    isOverMemory: limitBytes > 0 && processRssBytes() >= limitBytes,
    isSystemic: confinement !== undefined && confinement.isSystemic,
  };
}
