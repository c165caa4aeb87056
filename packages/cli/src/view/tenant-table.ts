/** The tenants of a snapshot as a table: one row a tenant. */
import type { TenantRow } from '@tenantry/core/snapshot';
import type { Cell, Column } from './column.js';
import { formatCount, formatMs, formatReasons } from './format.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';

const COLUMNS: readonly Column<TenantRow>[] = [
  { title: 'tenant', align: 'left', rank: 1, minWidth: 12, cell: ({ tenant }) => tenant },
  { title: 'rung', align: 'left', rank: 3, cell: rungCell },
  { title: 'active/cap', align: 'right', rank: 2, cell: activeCell },
  { title: 'started', align: 'right', rank: 5, cell: ({ started }) => formatCount(started) },
  { title: 'failed', align: 'right', rank: 4, cell: failedCell },
  {
    title: 'refused',
    align: 'left',
    rank: 6,
    minWidth: 14,
    cell: ({ refusals }) => formatReasons(refusals),
  },
  { title: 'msgs in', align: 'right', rank: 7, cell: (row) => formatCount(row.messagesIn) },
  { title: 'msgs out', align: 'right', rank: 8, cell: (row) => formatCount(row.messagesOut) },
];

export function tenantLines(rows: readonly TenantRow[], terminal: Terminal): string[] {
  return tableLines(COLUMNS, rows, terminal);
}

function rungCell({ rung, quarantinedForMs }: TenantRow): Cell {
  if (rung !== 'quarantined') return { text: rung, tone: 'plain' };
  const left = quarantinedForMs === null ? '' : `, ${formatMs(quarantinedForMs)} left`;
  return { text: `${rung}${left}`, tone: 'bad' };
}

export function activeCell({ active, maxSessions }: TenantRow): Cell {
  const full = maxSessions !== null && active >= maxSessions && active > 0;
  return {
    text: `${formatCount(active)}/${formatCount(maxSessions)}`,
    tone: full ? 'warn' : 'plain',
  };
}

function failedCell({ failures }: TenantRow): Cell {
  return { text: formatCount(failures), tone: failures > 0 ? 'warn' : 'plain' };
}
