/** The columns of the screen's tenants table, and the row of what belongs to no tenant. */
import type { Snapshot, TenantRow } from '@tenantry/core/snapshot';
import { NOTHING, formatCount, shortBytes, shortMs } from '../view/format.js';
import { blockedCell, shareMark } from '../view/cost-cells.js';
import type { Cell } from '../view/column.js';
import {
  breakerCell,
  rungCell,
  scoreCell,
  waitingCell,
  type Held,
} from '../view/confinement-cells.js';
import type { Terminal } from '../view/terminal.js';
import { activeCell } from '../view/tenant-table.js';
import { cpuCell } from './cpu-cell.js';
import type { SortedColumn } from './rows-table.js';

type Row = TenantRow | 'unattributed';

/** `held` is what holds any of the pool's tenants; `shared` are the tenants whose memory is, or holds, a share of a measured whole. */
export function tenantColumns(
  shared: ReadonlySet<string>,
  { hasLadder, hasBreaker, hasQueue }: Held,
  unattributed: Snapshot['unattributed'],
  terminal: Terminal,
): SortedColumn<Row>[] {
  const of =
    (textOf: (row: TenantRow) => string) =>
    (row: Row): string =>
      row === 'unattributed' ? '' : textOf(row);
  const cellOf =
    (textOf: (row: TenantRow) => Cell) =>
    (row: Row): Cell | string =>
      row === 'unattributed' ? '' : textOf(row);
  return [
    { title: 'tenant', align: 'left', rank: 1, minWidth: 12, cell: of(({ tenant }) => tenant) },
    {
      title: 'rung',
      align: 'left',
      rank: 5,
      cell: cellOf((row) => rungCell(row, shortMs, terminal)),
    },
    ...when(hasBreaker, {
      title: 'breaker',
      align: 'left',
      rank: 6,
      cell: cellOf((row) => breakerCell(row, shortMs)),
    }),
    ...when(hasLadder, { title: 'score', align: 'right', rank: 7, cell: cellOf(scoreCell) }),
    ...when(hasQueue, { title: 'waiting', align: 'right', rank: 10, cell: cellOf(waitingCell) }),
    {
      title: 'active/cap',
      align: 'right',
      rank: 4,
      cell: (row) => (row === 'unattributed' ? '' : activeCell(row)),
    },
    {
      title: 'CPU%',
      align: 'right',
      rank: 2,
      sortKey: 'cpu_pct',
      cell: (row) =>
        cpuCell((row === 'unattributed' ? unattributed?.cpu : row.cpu)?.nowRatio ?? null, terminal),
    },
    {
      title: 'MEM',
      align: 'right',
      rank: 3,
      sortKey: 'mem_mb',
      cell: (row) => {
        if (row === 'unattributed') return shortBytes(unattributed?.rssBytes ?? null);
        const mark = shared.has(row.tenant) && row.memoryBytes !== null ? shareMark(terminal) : '';
        return `${mark}${shortBytes(row.memoryBytes)}`;
      },
    },
    {
      title: 'blocked',
      align: 'right',
      rank: 8,
      sortKey: 'blocked_ms',
      cell: (row) =>
        row === 'unattributed'
          ? ''
          : blockedCell(row.blocked.totalMs, row.blocked.lastAgoMs, shortMs),
    },
    {
      title: 'alloc/s',
      align: 'right',
      rank: 11,
      cell: of(({ allocation }) => shortBytes(allocation?.bytesPerS ?? null)),
    },
    {
      title: 'failed',
      align: 'right',
      rank: 9,
      cell: (row) => {
        if (row === 'unattributed') return '';
        return { text: formatCount(row.failures), tone: row.failures > 0 ? 'warn' : 'plain' };
      },
    },
    {
      title: 'refused',
      align: 'right',
      rank: 12,
      cell: of(({ refusals }) =>
        formatCount(Object.values(refusals).reduce((sum, count) => sum + count, 0)),
      ),
    },
    { title: 'started', align: 'right', rank: 15, cell: of((row) => formatCount(row.started)) },
    { title: 'in', align: 'right', rank: 13, cell: of((row) => formatCount(row.messagesIn)) },
    { title: 'out', align: 'right', rank: 14, cell: of((row) => formatCount(row.messagesOut)) },
    {
      title: 'queued',
      align: 'right',
      rank: 16,
      cell: of(({ queuedIn, queuedOut }) =>
        queuedIn + queuedOut === 0 ? NOTHING : `${queuedIn}/${queuedOut}`,
      ),
    },
  ];
}

const when = (isShown: boolean, column: SortedColumn<Row>): SortedColumn<Row>[] =>
  isShown ? [column] : [];
