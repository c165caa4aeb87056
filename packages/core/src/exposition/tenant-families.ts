/** The metrics of tenants: those who have series of their own, and all others in one row. */
import { BREAKER_STATES } from '../snapshot/report.js';
import { RUNGS } from '../vocabulary/rung.js';
import type { MetricFamily, MetricLabels, MetricSample } from './metric-family.js';
import { family, inSeconds, oneOf, valued, type MetricName } from './metric-table.js';
import type { TenantFigures } from './metrics-summary.js';
import { byReason } from './tenant-counters.js';

type Samples = readonly (MetricSample | null)[];

export function tenantFamilies(tenants: readonly TenantFigures[]): MetricFamily[] {
  const each = (
    name: Parameters<typeof family>[0],
    samplesOf: (row: TenantFigures, labels: { readonly tenant: string }) => Samples,
  ): MetricFamily =>
    family(
      name,
      tenants.flatMap((row) => samplesOf(row, { tenant: row.tenant })),
    );
  const counted = (name: Parameters<typeof family>[0], key: string): MetricFamily =>
    each(name, ({ counters }, labels) => [valued(counters[key] ?? 0, labels)]);
  const reasons = (
    name: Extract<MetricName, `${string}_ended` | `${string}_refused`>,
    kind: 'end' | 'refusal',
  ): MetricFamily =>
    each(name, ({ counters }, labels) =>
      byReason(counters, kind).map(({ reason, count }) => valued(count, { ...labels, reason })),
    );
  return [
    each('tenantry_tenant_sessions', ({ active }, labels) => [valued(active, labels)]),
    each('tenantry_tenant_sessions_limit', ({ maxSessions }, labels) => [
      valued(maxSessions, labels),
    ]),
    counted('tenantry_tenant_sessions_started', 'started'),
    reasons('tenantry_tenant_sessions_ended', 'end'),
    reasons('tenantry_tenant_admission_refused', 'refusal'),
    each('tenantry_tenant_waiting_opens', ({ waiting }, labels) => [valued(waiting, labels)]),
    each('tenantry_tenant_messages', ({ counters }, labels) =>
      bothWays(counters['messagesIn'] ?? 0, counters['messagesOut'] ?? 0, labels),
    ),
    each('tenantry_tenant_queued_messages', ({ queuedIn, queuedOut }, labels) =>
      bothWays(queuedIn, queuedOut, labels),
    ),
    each('tenantry_tenant_cpu_seconds', ({ counters }, labels) => [
      inSeconds(counters['cpuMs'], labels),
    ]),
    each('tenantry_tenant_memory_bytes', ({ memoryBytes }, labels) => [
      valued(memoryBytes, labels),
    ]),
    counted('tenantry_tenant_blocks', 'blocks'),
    each('tenantry_tenant_blocked_seconds', ({ counters }, labels) => [
      inSeconds(counters['blockedMs'] ?? 0, labels),
    ]),
    counted('tenantry_tenant_stray_errors', 'strayErrors'),
    each('tenantry_tenant_rung', ({ rung }, labels) => oneOf('rung', RUNGS, rung, labels)),
    each('tenantry_tenant_breaker', ({ breaker }, labels) =>
      oneOf('state', BREAKER_STATES, breaker, labels),
    ),
    each('tenantry_tenant_offence_ratio', ({ offenceRatio }, labels) => [
      valued(offenceRatio, labels),
    ]),
  ];
}

function bothWays(into: number, out: number, labels: MetricLabels): Samples {
  return [
    valued(into, { ...labels, direction: 'in' }),
    valued(out, { ...labels, direction: 'out' }),
  ];
}
