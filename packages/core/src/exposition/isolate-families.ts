/** The metrics of single isolates: a bounded number, those first that somebody may look for. */
import type { IsolateRow } from '../snapshot/snapshot.js';
import type { MetricFamily, MetricSample } from './metric-family.js';
import { family, inSeconds, valued } from './metric-table.js';

type Labels = { readonly isolate: string; readonly rung: string; readonly tenant: string };

/** Their names are not used again: gauges only, as series come and go. */
export function isolateFamilies(rows: readonly IsolateRow[], topCount: number): MetricFamily[] {
  const shown = topOf(rows, topCount);
  const each = (
    name: Parameters<typeof family>[0],
    sampleOf: (row: IsolateRow, labels: Labels) => MetricSample | null,
  ): MetricFamily =>
    family(
      name,
      shown.map((row) => sampleOf(row, labelsOf(row))),
    );
  return [
    each('tenantry_isolate_state', ({ state }, labels) => valued(1, { ...labels, state })),
    each('tenantry_isolate_sessions', ({ sessions }, labels) => valued(sessions, labels)),
    each('tenantry_isolate_restarts', ({ restarts }, labels) => valued(restarts, labels)),
    each('tenantry_isolate_report_age_seconds', ({ reportAgeMs }, labels) =>
      inSeconds(reportAgeMs, labels),
    ),
    each('tenantry_isolate_resident_memory_bytes', ({ rssBytes }, labels) =>
      valued(rssBytes, labels),
    ),
    each('tenantry_isolate_heap_bytes', ({ heapUsedBytes }, labels) =>
      valued(heapUsedBytes, labels),
    ),
    each('tenantry_isolate_external_memory_bytes', ({ externalBytes }, labels) =>
      valued(externalBytes, labels),
    ),
    each('tenantry_isolate_cpu_ratio', ({ cpu }, labels) => valued(cpu?.nowRatio, labels)),
    each('tenantry_isolate_loop_utilization_ratio', ({ eluRatio }, labels) =>
      valued(eluRatio, labels),
    ),
    each('tenantry_isolate_loop_lag_seconds', ({ loopLagMs }, labels) =>
      inSeconds(loopLagMs, labels),
    ),
  ];
}

/** The main loop, then what is not as it should be, then the largest. */
function topOf(rows: readonly IsolateRow[], topCount: number): readonly IsolateRow[] {
  const rank = ({ rung, state }: IsolateRow): number =>
    rung === 'coroutine' ? 0 : state === 'ready' ? 2 : 1;
  const size = ({ rssBytes, heapUsedBytes, externalBytes }: IsolateRow): number =>
    rssBytes ?? (heapUsedBytes ?? 0) + (externalBytes ?? 0);
  return [...rows].sort((a, b) => rank(a) - rank(b) || size(b) - size(a)).slice(0, topCount + 1);
}

function labelsOf({ isolate, rung, tenant }: IsolateRow): Labels {
  return { isolate, rung, tenant: tenant ?? '' };
}
