/** The metrics of a whole pool, out of a summary. Tenants and isolates have files of their own. */
import { ISOLATE_STATES } from '../snapshot/report.js';
import { END_REASONS } from '../vocabulary/end-reason.js';
import { RUNGS } from '../vocabulary/rung.js';
import { HEALTH_REASONS, healthOf } from './health.js';
import { jobFamilies } from './job-families.js';
import { isolateFamilies } from './isolate-families.js';
import type { MetricFamily, MetricSample } from './metric-family.js';
import { family, histogram, inSeconds, oneOf, valued } from './metric-table.js';
import type { MetricsSummary, SummaryView } from './metrics-summary.js';
import { byReason } from './tenant-counters.js';
import { tenantFamilies } from './tenant-families.js';

const POOL_STATES = ['created', 'running', 'draining', 'closed'] as const;
/** Where sessions run: nobody runs in quarantine. */
const PLACES = RUNGS.filter((rung) => rung !== 'quarantined');

/** Every family of a pool, those that others have handed in last. */
export function familiesOf(summary: MetricsSummary, view: SummaryView): MetricFamily[] {
  return [
    ...poolFamilies(summary, view),
    ...healthFamilies(summary, view),
    ...loopFamilies(summary, view),
    ...confinementFamilies(summary),
    ...jobFamilies(summary.jobs),
    ...tenantFamilies(summary.tenants),
    ...isolateFamilies(summary.isolates, summary.topIsolates),
    ...summary.extra,
  ];
}

function poolFamilies(summary: MetricsSummary, { heldForMs }: SummaryView): MetricFamily[] {
  const { runtime, totals, counters, counts } = summary;
  const { name, version, node, deploymentVersion } = runtime;
  const build = { pool: name, version, node, deployment_version: deploymentVersion ?? '' };
  // A reason that has not occurred stands at 0, so that its first time is an increase.
  const ends = new Map(byReason(counters, 'end').map(({ reason, count }) => [reason, count]));
  return [
    family('tenantry_build', [valued(1, build)]),
    family('tenantry_pool_state', oneOf('state', POOL_STATES, runtime.state)),
    family('tenantry_uptime_seconds', [inSeconds(runtime.uptimeMs + heldForMs)]),
    family('tenantry_snapshot_age_seconds', [inSeconds(heldForMs)]),
    family(
      'tenantry_sessions',
      PLACES.map((rung) => valued(summary.sessionsByRung.get(rung) ?? 0, { rung })),
    ),
    family(
      'tenantry_agent_sessions',
      [...summary.sessionsByAgent].map(([agent, value]) => valued(value, { agent })),
    ),
    family('tenantry_sessions_limit', [valued(totals.maxConcurrentSessions)]),
    family('tenantry_sessions_started', [valued(counters['started'] ?? 0)]),
    family(
      'tenantry_sessions_ended',
      END_REASONS.map((reason) => valued(ends.get(reason) ?? 0, { reason })),
    ),
    histogram('tenantry_session_duration_seconds', [counts.sessionDurations]),
    family(
      'tenantry_admission_refused',
      byReason(counters, 'refusal').map(({ reason, count }) => valued(count, { reason })),
    ),
    family('tenantry_waiting_opens', [valued(totals.waiting)]),
    family('tenantry_oldest_wait_seconds', [inSeconds(totals.oldestWaitMs)]),
    family('tenantry_messages', [
      valued(counters['messagesIn'] ?? 0, { direction: 'in' }),
      valued(counters['messagesOut'] ?? 0, { direction: 'out' }),
    ]),
    family('tenantry_stray_errors', [valued(counters['strayErrors'] ?? 0)]),
    family('tenantry_ghosts', [valued(totals.ghosts)]),
    family('tenantry_cpu_seconds', [inSeconds(totals.cpuMs)]),
    family('tenantry_resident_memory_bytes', [valued(totals.rssBytes)]),
    family('tenantry_unattributed_cpu_ratio', [valued(summary.unattributed?.cpu.nowRatio)]),
    family('tenantry_unattributed_memory_bytes', [valued(summary.unattributed?.rssBytes)]),
    family('tenantry_events', counts.events),
  ];
}

function healthFamilies({ health }: MetricsSummary, view: SummaryView): MetricFamily[] {
  const { ready, reasons } = healthOf(health, view);
  return [
    family('tenantry_ready', [valued(Number(ready))]),
    family(
      'tenantry_not_ready',
      HEALTH_REASONS.map((reason) => valued(Number(reasons.includes(reason)), { reason })),
    ),
  ];
}

function loopFamilies(summary: MetricsSummary, { mainLagMs }: SummaryView): MetricFamily[] {
  const { isolates, coverage, counts, observer } = summary;
  const main = isolates.find(({ rung }) => rung === 'coroutine');
  const others = new Map<string, number>();
  for (const { rung, state } of isolates) {
    others.set(`${rung} ${state}`, (others.get(`${rung} ${state}`) ?? 0) + 1);
  }
  const { fresh, stale, lost } = coverage;
  return [
    family('tenantry_loop_lag_seconds', [inSeconds(mainLagMs)]),
    family('tenantry_loop_utilization_ratio', [valued(main?.eluRatio)]),
    histogram('tenantry_block_duration_seconds', counts.blockDurations),
    family(
      'tenantry_isolates',
      (['thread', 'process'] as const).flatMap((rung) =>
        ISOLATE_STATES.map((state) => valued(others.get(`${rung} ${state}`) ?? 0, { rung, state })),
      ),
    ),
    family(
      'tenantry_isolate_reports',
      Object.entries({ fresh, stale, lost }).map(([freshness, value]) =>
        valued(value, { freshness }),
      ),
    ),
    family('tenantry_oldest_report_age_seconds', [inSeconds(coverage.oldestReportAgeMs)]),
    family('tenantry_isolates_ended', counts.isolatesEnded),
    // One that is switched off is not missed.
    family('tenantry_observer_watching', [
      valued(observer.state === 'off' ? null : Number(observer.state === 'watching')),
    ]),
    family('tenantry_observer_restarts', [valued(observer.restarts)]),
  ];
}

function confinementFamilies({ totals, confinement }: MetricsSummary): MetricFamily[] {
  const flag = (is: boolean | undefined): MetricSample | null =>
    valued(is === undefined ? null : Number(is));
  return [
    family('tenantry_tenants', [valued(totals.tenantCount)]),
    family('tenantry_tenants_confined', [valued(confinement?.ejected)]),
    family('tenantry_systemic_alarm', [flag(confinement && confinement.systemic !== null)]),
    family('tenantry_audit_writable', [flag(confinement?.auditOk)]),
    family('tenantry_audit_restarts', [valued(confinement?.auditRestarts)]),
    family('tenantry_tenants_writable', [flag(confinement?.keepingOk)]),
  ];
}
