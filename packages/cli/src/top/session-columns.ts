/** The columns of the screen's sessions table, and the row of what belongs to no session. */
import type { SessionStatus, Snapshot } from '@tenantry/core/snapshot';
import { blockedCell, memoryText } from '../view/cost-cells.js';
import { NOTHING, shortBytes, shortMs } from '../view/format.js';
import type { Tone } from '../view/paint.js';
import { idLength } from '../view/session-table.js';
import type { Terminal } from '../view/terminal.js';
import { cpuCell } from './cpu-cell.js';
import type { SortedColumn } from './rows-table.js';
import type { TopSession } from './top-session.js';

export const STATUS_TONE: Readonly<Record<SessionStatus, Tone>> = {
  active: 'good',
  slow: 'bad',
  draining: 'warn',
  errored: 'bad',
  idle: 'faint',
};

/** A longer common beginning is no id of ours. */
const LONGEST_ID = 12;

type Row = TopSession | 'unattributed';

/** `all` are the sessions whose ids are to be told apart. */
export function sessionColumns(
  all: readonly TopSession[],
  unattributed: Snapshot['unattributed'],
  terminal: Terminal,
): SortedColumn<Row>[] {
  const length = Math.min(LONGEST_ID, idLength(all.map(({ session }) => session)));
  const of =
    (textOf: (row: TopSession) => string) =>
    (row: Row): string =>
      row === 'unattributed' ? '' : textOf(row);
  return [
    {
      title: 'session',
      align: 'left',
      rank: 1,
      sortKey: 'session',
      cell: of(({ session }) => session.slice(0, length)),
    },
    {
      title: 'agent',
      align: 'left',
      rank: 6,
      minWidth: 7,
      sortKey: 'agent',
      cell: of(({ agent }) => agent),
    },
    { title: 'tenant', align: 'left', rank: 2, minWidth: 8, cell: of(({ tenant }) => tenant) },
    { title: 'rung', align: 'left', rank: 9, cell: of(({ rung }) => rung) },
    {
      title: 'dur(s)',
      align: 'right',
      rank: 8,
      sortKey: 'duration_s',
      cell: of(({ durationMs }) => String(Math.floor(durationMs / 1_000))),
    },
    {
      title: 'CPU%',
      align: 'right',
      rank: 3,
      sortKey: 'cpu_pct',
      cell: (row) =>
        cpuCell(row === 'unattributed' ? unattributed!.cpu.nowRatio : row.cpuRatio, terminal),
    },
    {
      title: 'MEM',
      align: 'right',
      rank: 4,
      sortKey: 'mem_mb',
      cell: (row) =>
        row === 'unattributed'
          ? shortBytes(unattributed!.rssBytes)
          : memoryText(row.memory, shortBytes, terminal),
    },
    {
      title: 'peak',
      align: 'right',
      rank: 10,
      cell: of(({ memory }) => (memory === null ? NOTHING : shortBytes(memory.peakBytes))),
    },
    {
      title: 'blocked',
      align: 'right',
      rank: 7,
      sortKey: 'blocked_ms',
      cell: (row) =>
        row === 'unattributed' ? '' : blockedCell(row.blockedMs, row.blockedAgoMs, shortMs),
    },
    {
      title: 'status',
      align: 'left',
      rank: 5,
      cell: (row) =>
        row === 'unattributed' ? '' : { text: row.status, tone: STATUS_TONE[row.status] },
    },
  ];
}
