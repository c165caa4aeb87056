/** The figures on top of the page and its alerts: pure, out of a snapshot. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { poolAlerts, tenantAlerts } from '../top/confinement-alerts.js';
import type { Cell } from '../view/column.js';
import { formatBytes, formatCount, formatMs, shortPercent } from '../view/format.js';
import { blameText } from '../view/place-text.js';
import { SCREEN } from './screen.js';

export interface Figure {
  readonly title: string;
  readonly text: string;
  /** Drawn as a line, oldest first. */
  readonly history?: readonly number[];
}

export function figures({ totals, isolates, tenants, system }: Snapshot): Figure[] {
  const lagMs = system?.loopLagHistoryMs ?? [];
  return [
    {
      title: 'sessions',
      text: `${formatCount(totals.activeSessions)} / ${formatCount(totals.maxConcurrentSessions)}`,
    },
    { title: 'tenants', text: formatCount(tenants.length) },
    { title: 'isolates', text: formatCount(isolates.length) },
    { title: 'loop lag', text: formatMs(lagMs.at(-1) ?? null), history: lagMs },
    {
      title: 'CPU %',
      text: shortPercent(system?.cpuRatio ?? null),
      ...(system === null ? {} : { history: system.cpuHistory }),
    },
    { title: 'memory', text: formatBytes(totals.rssBytes) },
    { title: 'failed', text: formatCount(totals.totalSessionFailures) },
    {
      title: 'refused',
      text: formatCount(Object.values(totals.refusals).reduce((sum, each) => sum + each, 0)),
    },
  ];
}

export function alerts(snapshot: Snapshot): Cell[] {
  const { observer, runtime, blocks } = snapshot;
  const ongoing = blocks.filter(({ isOngoing }) => isOngoing);
  return [
    ...(runtime.state === 'running'
      ? []
      : [{ text: `the pool is ${runtime.state}`, tone: 'warn' } as const]),
    ...(observer.heldForMs > 0
      ? [
          {
            text: `the main loop has not answered for ${formatMs(observer.heldForMs)}: these figures are from before`,
            tone: 'bad',
          } as const,
        ]
      : []),
    ...ongoing.map((block): Cell => ({
      text: `${block.isolate} is blocked for ${formatMs(block.durationMs)}: ${blameText(block, SCREEN)}`,
      tone: 'bad',
    })),
    ...poolAlerts(snapshot),
    ...tenantAlerts(snapshot),
  ];
}
