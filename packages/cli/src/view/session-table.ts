/**
 * The sessions of a snapshot as a table: by tenant, the longest first. Ids are cut to what tells them
 * apart, and a very long list to what a person reads.
 */
import type { SessionRow } from '@tenantry/core/snapshot';
import type { Column } from './column.js';
import { blockedCell, isShare, memoryText, shareLegend } from './cost-cells.js';
import { formatBytes, formatCount, formatMs, shortPercent } from './format.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

const MOST_ROWS = 200;
const SHORTEST_ID = 8;

export function sessionLines(rows: readonly SessionRow[], terminal: Terminal): string[] {
  const length = idLength(rows.map(({ session }) => session));
  const shown = [...rows].sort(byTenantThenLongest).slice(0, MOST_ROWS);
  const lines = tableLines(columns(length, terminal), shown, terminal);
  if (shown.some(({ memory }) => memory !== null && isShare(memory))) {
    lines.push(...wrapped(shareLegend(terminal), terminal));
  }
  const more = rows.length - shown.length;
  if (more > 0) {
    const dots = terminal.hasUnicode ? '…' : '...';
    lines.push(...wrapped(`${dots} and ${formatCount(more)} more (--json has all)`, terminal));
  }
  return lines;
}

/** How many leading characters of the ids, at least eight, tell all of them apart. */
export function idLength(ids: readonly string[]): number {
  const sorted = [...ids].sort();
  let length = SHORTEST_ID;
  for (let at = 1; at < sorted.length; at += 1) {
    length = Math.max(length, sharedLength(sorted[at - 1]!, sorted[at]!) + 1);
  }
  return length;
}

function sharedLength(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

function byTenantThenLongest(a: SessionRow, b: SessionRow): number {
  if (a.tenant !== b.tenant) return a.tenant < b.tenant ? -1 : 1;
  return b.durationMs - a.durationMs;
}

function columns(idLength: number, terminal: Terminal): readonly Column<SessionRow>[] {
  return [
    { title: 'session', align: 'left', rank: 1, cell: (row) => row.session.slice(0, idLength) },
    { title: 'tenant', align: 'left', rank: 2, minWidth: 10, cell: ({ tenant }) => tenant },
    { title: 'agent', align: 'left', rank: 3, minWidth: 10, cell: ({ agent }) => agent },
    {
      title: 'CPU%',
      align: 'right',
      rank: 6,
      cell: ({ cpu }) => shortPercent(cpu?.nowRatio ?? null),
    },
    {
      title: 'mem',
      align: 'right',
      rank: 8,
      cell: ({ memory }) => memoryText(memory, formatBytes, terminal),
    },
    {
      title: 'blocked',
      align: 'right',
      rank: 7,
      cell: ({ blocked }) => blockedCell(blocked.totalMs, blocked.lastAgoMs, formatMs),
    },
    { title: 'rung', align: 'left', rank: 13, cell: ({ rung }) => rung },
    { title: 'isolate', align: 'left', rank: 14, minWidth: 10, cell: ({ isolate }) => isolate },
    { title: 'state', align: 'left', rank: 4, cell: ({ state }) => state },
    { title: 'duration', align: 'right', rank: 5, cell: (row) => formatMs(row.durationMs) },
    { title: 'idle', align: 'right', rank: 9, cell: (row) => formatMs(row.idleMs) },
    { title: 'msgs in', align: 'right', rank: 10, cell: (row) => formatCount(row.messagesIn) },
    { title: 'msgs out', align: 'right', rank: 11, cell: (row) => formatCount(row.messagesOut) },
    {
      title: 'queued in/out',
      align: 'right',
      rank: 12,
      cell: (row) => `${formatCount(row.queuedIn)}/${formatCount(row.queuedOut)}`,
    },
  ];
}
