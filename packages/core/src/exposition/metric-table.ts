/**
 * Every metric of a pool: its name, what it means and which labels it has. docs/concepts/metrics.md
 * has the same table; values are put beside the names in `pool-families.ts` and its neighbours.
 */
import type { HistogramSample, MetricFamily, MetricLabels, MetricSample } from './metric-family.js';

type Kind = Pick<MetricFamily, 'type' | 'unit' | 'help'> & { readonly labels: readonly string[] };

const kind =
  (type: MetricFamily['type'], unit?: MetricFamily['unit']) =>
  (help: string, ...labels: readonly string[]): Kind => ({ type, unit, help, labels });

const counter = kind('counter');
const counterOfSeconds = kind('counter', 'seconds');
const gauge = kind('gauge');
const seconds = kind('gauge', 'seconds');
const bytes = kind('gauge', 'bytes');
const ratio = kind('gauge', 'ratio');
const histogramOfSeconds = kind('histogram', 'seconds');

export const METRICS = {
  tenantry_build: kind('info')(
    'What runs, always 1.',
    'pool',
    'version',
    'node',
    'deployment_version',
  ),
  tenantry_pool_state: gauge('1 for the state the pool is in, 0 for the others.', 'state'),
  tenantry_ready: gauge('1 while the pool takes new sessions.'),
  tenantry_not_ready: gauge('1 for each reason why it does not, 0 for the others.', 'reason'),
  tenantry_uptime_seconds: seconds('Time since the pool was made.'),
  tenantry_snapshot_age_seconds: seconds(
    'Age of these figures: large while the main loop is blocked.',
  ),
  tenantry_sessions: gauge('Sessions now, by rung.', 'rung'),
  tenantry_agent_sessions: gauge('Sessions now, by agent.', 'agent'),
  tenantry_sessions_limit: gauge('Most sessions at once.'),
  tenantry_sessions_started: counter('Sessions whose agent has been entered.'),
  tenantry_sessions_ended: counter('Sessions that have ended, by reason.', 'reason'),
  tenantry_session_duration_seconds: histogramOfSeconds(
    'How long sessions lasted that have ended.',
  ),
  tenantry_admission_refused: counter('Sessions refused before they began, by reason.', 'reason'),
  tenantry_waiting_opens: gauge('Opens that wait for the full pool.'),
  tenantry_oldest_wait_seconds: seconds('How long the oldest of them has waited.'),
  tenantry_messages: counter('Messages to agents (in) and from them (out).', 'direction'),
  tenantry_stray_errors: counter('Errors in sessions that nobody awaited.'),
  tenantry_ghosts: gauge('Sessions that have ended while the code of their agent still runs.'),
  tenantry_cpu_seconds: counterOfSeconds('CPU time of the process and its child isolates.'),
  tenantry_unattributed_cpu_ratio: ratio(
    'CPU of no session over the last second, 1 is a whole core.',
  ),
  tenantry_resident_memory_bytes: bytes('Resident memory of the process and its child isolates.'),
  tenantry_unattributed_memory_bytes: bytes('Part of it that belongs to no session.'),
  tenantry_loop_lag_seconds: seconds(
    'How late the main loop was in the last second, or for how long it is blocked.',
  ),
  tenantry_loop_utilization_ratio: ratio('Share of time the main loop was active.'),
  tenantry_block_duration_seconds: histogramOfSeconds(
    'How long loops were blocked, by whose code it was.',
    'cause',
  ),
  tenantry_isolates: gauge('Isolates beside the main loop, by rung and state.', 'rung', 'state'),
  tenantry_isolate_reports: gauge(
    'Isolates by how lately they have reported, the main loop among them.',
    'freshness',
  ),
  tenantry_oldest_report_age_seconds: seconds('Age of the oldest report that is used.'),
  tenantry_isolates_ended: counter('Isolates that have ended, by reason.', 'rung', 'reason'),
  tenantry_events: counter('What has happened to tenants, isolates and breakers.', 'event'),
  tenantry_tenants: gauge('Tenants that the pool remembers.'),
  tenantry_tenants_confined: gauge('Tenants that the runtime has moved above their floor.'),
  tenantry_systemic_alarm: gauge('1 while so many tenants fail that nobody is moved for it.'),
  tenantry_audit_writable: gauge('0 while the audit trail cannot be written.'),
  tenantry_audit_restarts: counter('New audit files in the place of one that was gone or damaged.'),
  tenantry_tenants_writable: gauge(
    '0 while the disk refuses to keep what a restart should find of tenants.',
  ),
  tenantry_observer_watching: gauge('1 while the observer thread runs.'),
  tenantry_observer_restarts: counter('Restarts of the observer thread.'),
  tenantry_jobs: gauge('Jobs that are kept, by state.', 'state'),
  tenantry_jobs_submitted: counter('Jobs that were submitted.'),
  tenantry_jobs_done: counter('Jobs that went well.'),
  tenantry_dead_letters_dropped: counter('Dead letters that were too many or too old to be kept.'),
  tenantry_jobs_stored_bytes: bytes('Size of all jobs that are kept.'),
  tenantry_jobs_oldest_wait_seconds: seconds('How long the oldest has waited that could start.'),
  tenantry_jobs_writable: gauge('0 while the disk refuses to keep jobs.'),
  tenantry_agent_job_failures: gauge(
    'Failed attempts since the last that went well, by agent.',
    'agent',
  ),
  tenantry_tenant_sessions: gauge('Sessions of a tenant now.', 'tenant'),
  tenantry_tenant_sessions_limit: gauge('Most sessions of a tenant at once.', 'tenant'),
  tenantry_tenant_sessions_started: counter('Sessions of a tenant that were started.', 'tenant'),
  tenantry_tenant_sessions_ended: counter(
    'Sessions of a tenant that have ended, by reason.',
    'tenant',
    'reason',
  ),
  tenantry_tenant_admission_refused: counter(
    'Sessions of a tenant refused before they began, by reason.',
    'tenant',
    'reason',
  ),
  tenantry_tenant_waiting_opens: gauge('Opens of a tenant that wait for the full pool.', 'tenant'),
  tenantry_tenant_messages: counter(
    'Messages to agents of a tenant (in) and from them (out).',
    'tenant',
    'direction',
  ),
  tenantry_tenant_queued_messages: gauge(
    'Messages sent and not yet consumed.',
    'tenant',
    'direction',
  ),
  tenantry_tenant_cpu_seconds: counterOfSeconds("CPU time of a tenant's turns.", 'tenant'),
  tenantry_tenant_memory_bytes: bytes("Memory of a tenant's running sessions.", 'tenant'),
  tenantry_tenant_blocks: counter('Times a tenant has blocked its loop.', 'tenant'),
  tenantry_tenant_blocked_seconds: counterOfSeconds('How long it has blocked it.', 'tenant'),
  tenantry_tenant_stray_errors: counter('Errors of a tenant that nobody awaited.', 'tenant'),
  tenantry_tenant_rung: gauge('1 for the rung a tenant is on, 0 for the others.', 'tenant', 'rung'),
  tenantry_tenant_breaker: gauge(
    "1 for the state of a tenant's circuit breaker, 0 for the others.",
    'tenant',
    'state',
  ),
  tenantry_tenant_offence_ratio: ratio(
    "A tenant's offences as a share of what moves it up.",
    'tenant',
  ),
  tenantry_isolate_state: gauge(
    '1, with the state an isolate is in.',
    'isolate',
    'rung',
    'tenant',
    'state',
  ),
  tenantry_isolate_sessions: gauge('Sessions in an isolate.', 'isolate', 'rung', 'tenant'),
  tenantry_isolate_restarts: gauge('Restarts of an isolate so far.', 'isolate', 'rung', 'tenant'),
  tenantry_isolate_report_age_seconds: seconds(
    "Age of an isolate's last report.",
    'isolate',
    'rung',
    'tenant',
  ),
  tenantry_isolate_resident_memory_bytes: bytes(
    'Resident memory of a process.',
    'isolate',
    'rung',
    'tenant',
  ),
  tenantry_isolate_heap_bytes: bytes('Heap in use of an isolate.', 'isolate', 'rung', 'tenant'),
  tenantry_isolate_external_memory_bytes: bytes(
    'Buffers and the like of an isolate.',
    'isolate',
    'rung',
    'tenant',
  ),
  tenantry_isolate_cpu_ratio: ratio(
    'CPU of an isolate over the last second, 1 is a whole core.',
    'isolate',
    'rung',
    'tenant',
  ),
  tenantry_isolate_loop_utilization_ratio: ratio(
    "Share of time an isolate's loop was active.",
    'isolate',
    'rung',
    'tenant',
  ),
  tenantry_isolate_loop_lag_seconds: seconds(
    "How late an isolate's loop was in the last second.",
    'isolate',
    'rung',
    'tenant',
  ),
} as const satisfies Readonly<Record<string, Kind>>;

export type MetricName = keyof typeof METRICS;

/** A metric of the table with its values; one that is null is not there. */
export function family(
  name: Exclude<MetricName, HistogramName>,
  samples: readonly (MetricSample | null)[],
): MetricFamily {
  const { type, unit, help }: Kind = METRICS[name];
  const present = samples.filter((sample) => sample !== null);
  return { name, type: type as 'gauge', unit, help, samples: present };
}

type HistogramName = 'tenantry_session_duration_seconds' | 'tenantry_block_duration_seconds';

export function histogram(name: HistogramName, samples: readonly HistogramSample[]): MetricFamily {
  const { unit, help }: Kind = METRICS[name];
  return { name, type: 'histogram', unit, help, samples };
}

const MS_PER_S = 1_000;

/** A sample where there is a figure. */
export function valued(
  value: number | null | undefined,
  labels?: MetricLabels,
): MetricSample | null {
  if (value === null || value === undefined) return null;
  return labels === undefined ? { value } : { value, labels };
}

/** The same of a figure in milliseconds. */
export function inSeconds(
  valueMs: number | null | undefined,
  labels?: MetricLabels,
): MetricSample | null {
  return valued(valueMs === null || valueMs === undefined ? null : valueMs / MS_PER_S, labels);
}

/** A state as one series for each it could be; none where there is no state. */
export function oneOf(
  label: string,
  states: readonly string[],
  current: string | null,
  labels: MetricLabels = {},
): MetricSample[] {
  if (current === null) return [];
  return states.map((state) => ({
    labels: { ...labels, [label]: state },
    value: state === current ? 1 : 0,
  }));
}
