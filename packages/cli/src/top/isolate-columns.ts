/** The columns of the screen's isolates table: the shared loop and every isolate. */
import type { IsolateRow } from '@tenantry/core/snapshot';
import type { Column } from '../view/column.js';
import { NOTHING, formatCount, formatRatio, shortBytes, shortMs } from '../view/format.js';
import { OUTDATED_MARK, STATE_TONE, reportCell } from '../view/isolate-table.js';
import type { Terminal } from '../view/terminal.js';
import { cpuCell } from './cpu-cell.js';
import type { SortedColumn } from './rows-table.js';

type Row = IsolateRow | 'unattributed';

export function isolateColumns(slowMs: number, terminal: Terminal): SortedColumn<Row>[] {
  const of =
    (cellOf: (row: IsolateRow) => ReturnType<Column<IsolateRow>['cell']>) =>
    (row: Row): ReturnType<Column<IsolateRow>['cell']> =>
      row === 'unattributed' ? '' : cellOf(row);
  const figure = (textOf: (row: IsolateRow) => string) =>
    of((row) => {
      const text = textOf(row);
      return row.freshness === 'fresh' || text === NOTHING
        ? text
        : { text: `${OUTDATED_MARK}${text}`, tone: 'warn' };
    });
  return [
    { title: 'isolate', align: 'left', rank: 1, minWidth: 9, cell: of(({ isolate }) => isolate) },
    {
      title: 'tenant',
      align: 'left',
      rank: 2,
      minWidth: 8,
      cell: of(({ tenant }) => tenant ?? NOTHING),
    },
    { title: 'rung', align: 'left', rank: 8, cell: of(({ rung }) => rung) },
    {
      title: 'state',
      align: 'left',
      rank: 4,
      cell: of(({ state }) => ({ text: state, tone: STATE_TONE[state] ?? 'plain' })),
    },
    { title: 'report', align: 'left', rank: 7, cell: of(reportCell) },
    {
      title: 'sess',
      align: 'right',
      rank: 6,
      cell: of(({ sessions }) => formatCount(sessions)),
    },
    {
      title: 'CPU%',
      align: 'right',
      rank: 3,
      sortKey: 'cpu_pct',
      cell: of((row) => cpuCell(row.cpu?.nowRatio ?? null, terminal)),
    },
    {
      title: 'lag',
      align: 'right',
      rank: 5,
      sortKey: 'blocked_ms',
      cell: of(({ loopLagMs }) => ({
        text: shortMs(loopLagMs),
        tone: loopLagMs !== null && loopLagMs >= slowMs ? 'bad' : 'plain',
      })),
    },
    {
      title: 'RSS',
      align: 'right',
      rank: 9,
      sortKey: 'mem_mb',
      cell: of((row) =>
        row.rung === 'thread' && row.rssBytes === null
          ? 'shared'
          : figure(({ rssBytes }) => shortBytes(rssBytes))(row),
      ),
    },
    {
      title: 'heap',
      align: 'right',
      rank: 10,
      cell: figure(({ heapUsedBytes }) => shortBytes(heapUsedBytes)),
    },
    {
      title: 'external',
      align: 'right',
      rank: 13,
      cell: figure(({ externalBytes }) => shortBytes(externalBytes)),
    },
    {
      title: 'ELU',
      align: 'right',
      rank: 11,
      cell: figure(({ eluRatio }) => formatRatio(eluRatio)),
    },
    {
      title: 'restarts',
      align: 'right',
      rank: 12,
      cell: of(({ restarts }) => formatCount(restarts)),
    },
  ];
}
