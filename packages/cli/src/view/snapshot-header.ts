/** The lines above the tables: which pool this is, its totals, and how much of it the figures cover. */
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Cell } from './column.js';
import { stateTroubles, systemicText } from './confinement-text.js';
import { NOTHING, formatBytes, formatCount, formatMs } from './format.js';
import { jobLines } from './job-lines.js';
import { OUTDATED_MARK } from './isolate-table.js';
import type { Terminal } from './terminal.js';
import { packed, wrapped } from './wrapped.js';

const STATE_TONE = { created: 'plain', running: 'good', draining: 'warn', closed: 'bad' } as const;

export function headerLines(snapshot: Snapshot, terminal: Terminal): string[] {
  const between = terminal.hasUnicode ? ' · ' : ' | ';
  return [
    ...[runtimeCells, totalCells, coverageCells].flatMap((cellsOf) =>
      packed(cellsOf(snapshot), between, terminal),
    ),
    ...confinementLines(snapshot, terminal),
    ...jobLines(snapshot.jobs, terminal),
  ];
}

const plain = (text: string): Cell => ({ text, tone: 'plain' });

function runtimeCells({ runtime }: Snapshot): Cell[] {
  return [
    { text: runtime.name, tone: 'strong' },
    { text: runtime.state, tone: STATE_TONE[runtime.state] },
    plain(`pid ${runtime.pid} on ${runtime.host}`),
    plain(`node ${runtime.node}`),
    plain(`tenantry ${runtime.version}`),
    plain(`deployment ${runtime.deploymentVersion ?? NOTHING}`),
    plain(`up ${formatMs(runtime.uptimeMs)}`),
    ...(runtime.agentGeneration === undefined
      ? []
      : [plain(`agents generation ${formatCount(runtime.agentGeneration)}`)]),
  ];
}

function totalCells({ totals, coverage }: Snapshot): Cell[] {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((all, count) => all + count, 0);
  const whole = coverage.stale + coverage.lost === 0;
  const cells: (Cell | false)[] = [
    plain(
      `sessions ${formatCount(totals.activeSessions)}/${formatCount(totals.maxConcurrentSessions)}`,
    ),
    plain(`started ${formatCount(totals.totalSessionsStarted)}`),
    {
      text: `failed ${formatCount(totals.totalSessionFailures)}`,
      tone: totals.totalSessionFailures > 0 ? 'warn' : 'plain',
    },
    plain(`refused ${formatCount(sum(totals.refusals))}`),
    totals.strayErrors > 0 && {
      text: `stray errors ${formatCount(totals.strayErrors)}`,
      tone: 'warn',
    },
    totals.ghosts > 0 && { text: `ghosts ${formatCount(totals.ghosts)}`, tone: 'warn' },
    plain(`RSS ${whole ? '' : OUTDATED_MARK}${formatBytes(totals.rssBytes)}`),
    plain(`CPU ${whole ? '' : OUTDATED_MARK}${formatMs(totals.cpuMs)}`),
  ];
  return cells.filter((cell) => cell !== false);
}

function coverageCells({ coverage, totals }: Snapshot): Cell[] {
  const { fresh, stale, lost, oldestReportAgeMs } = coverage;
  const cells: (Cell | false)[] = [
    plain(`reports ${formatCount(fresh)} fresh`),
    { text: `${formatCount(stale)} stale`, tone: stale > 0 ? 'warn' : 'plain' },
    { text: `${formatCount(lost)} lost`, tone: lost > 0 ? 'bad' : 'plain' },
    oldestReportAgeMs !== null && plain(`oldest ${formatMs(oldestReportAgeMs)}`),
    totals.isolatesEnded > 0 && plain(`isolates ended ${formatCount(totals.isolatesEnded)}`),
  ];
  return cells.filter((cell) => cell !== false);
}

function confinementLines({ confinement }: Snapshot, terminal: Terminal): string[] {
  if (confinement === undefined) return [];
  const { systemic, ejected, known } = confinement;
  const confined = `confined ${formatCount(ejected)} of ${formatCount(known)} tenants`;
  return [
    ...wrapped(confined, terminal, ejected > 0 ? 'warn' : 'plain'),
    ...(systemic === null ? [] : wrapped(systemicText(systemic), terminal, 'bad')),
    ...stateTroubles(confinement).flatMap((text) => wrapped(text, terminal, 'bad')),
  ];
}
