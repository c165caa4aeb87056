/** The tenants of a snapshot as a table: one row a tenant. */
import type { TenantRow } from '@tenantry/core/snapshot';
import type { Cell, Column } from './column.js';
import {
  breakerCell,
  heldIn,
  rungCell,
  scoreCell,
  waitingCell,
  type Held,
} from './confinement-cells.js';
import { blockedCell, shareMark } from './cost-cells.js';
import { formatBytes, formatCount, formatMs, formatReasons, shortPercent } from './format.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';

/** `sharing` are the tenants whose memory is a share of a measured whole. */
export function tenantLines(
  rows: readonly TenantRow[],
  sharing: ReadonlySet<string>,
  terminal: Terminal,
): string[] {
  return tableLines(columns(sharing, heldIn(rows), terminal), rows, terminal);
}

function columns(
  sharing: ReadonlySet<string>,
  { hasLadder, hasBreaker, hasQueue }: Held,
  terminal: Terminal,
): readonly Column<TenantRow>[] {
  const memory = ({ tenant, memoryBytes }: TenantRow): string =>
    `${sharing.has(tenant) && memoryBytes !== null ? shareMark(terminal) : ''}${formatBytes(memoryBytes)}`;
  return [
    { title: 'tenant', align: 'left', rank: 1, minWidth: 12, cell: ({ tenant }) => tenant },
    { title: 'rung', align: 'left', rank: 3, cell: (row) => rungCell(row, formatMs, terminal) },
    { title: 'active/cap', align: 'right', rank: 2, cell: activeCell },
    ...when(hasBreaker, {
      title: 'breaker',
      align: 'left',
      rank: 4,
      cell: (row) => breakerCell(row, formatMs),
    }),
    ...when(hasLadder, { title: 'score', align: 'right', rank: 7, cell: scoreCell }),
    ...when(hasQueue, { title: 'waiting', align: 'right', rank: 10, cell: waitingCell }),
    {
      title: 'CPU%',
      align: 'right',
      rank: 5,
      cell: ({ cpu }) => shortPercent(cpu?.nowRatio ?? null),
    },
    { title: 'mem', align: 'right', rank: 9, cell: memory },
    {
      title: 'blocked',
      align: 'right',
      rank: 6,
      cell: ({ blocked }) => blockedCell(blocked.totalMs, blocked.lastAgoMs, formatMs),
    },
    { title: 'started', align: 'right', rank: 11, cell: ({ started }) => formatCount(started) },
    { title: 'failed', align: 'right', rank: 8, cell: failedCell },
    {
      title: 'refused',
      align: 'left',
      rank: 12,
      minWidth: 14,
      cell: ({ refusals }) => formatReasons(refusals),
    },
    { title: 'msgs in', align: 'right', rank: 13, cell: (row) => formatCount(row.messagesIn) },
    { title: 'msgs out', align: 'right', rank: 14, cell: (row) => formatCount(row.messagesOut) },
  ];
}

const when = (isShown: boolean, column: Column<TenantRow>): Column<TenantRow>[] =>
  isShown ? [column] : [];

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
