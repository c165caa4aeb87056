/**
 * The isolates of a snapshot as a table: one row for the shared loop and for each isolate. Figures out
 * of a report that is not of the present are marked.
 */
import type { IsolateRow } from '@tenantry/core/snapshot';
import type { Cell, Column } from './column.js';
import {
  NOTHING,
  formatBytes,
  formatCount,
  formatMs,
  formatRatio,
  shortPercent,
} from './format.js';
import type { Tone } from './paint.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

/** Stands before a figure of a report that is not of the present. */
export const OUTDATED_MARK = '~';

const FRESHNESS_TONE = { fresh: 'good', stale: 'warn', lost: 'bad' } as const;

export const STATE_TONE: Readonly<Partial<Record<IsolateRow['state'], Tone>>> = {
  stuck: 'bad',
  quarantined: 'bad',
  backoff: 'warn',
};

const COLUMNS: readonly Column<IsolateRow>[] = [
  { title: 'isolate', align: 'left', rank: 1, minWidth: 10, cell: ({ isolate }) => isolate },
  {
    title: 'tenant',
    align: 'left',
    rank: 2,
    minWidth: 10,
    cell: ({ tenant }) => tenant ?? NOTHING,
  },
  { title: 'rung', align: 'left', rank: 6, cell: ({ rung }) => rung },
  { title: 'pid', align: 'right', rank: 12, cell: ({ pid }) => plain(pid) },
  { title: 'thread', align: 'right', rank: 16, cell: ({ threadId }) => plain(threadId) },
  { title: 'state', align: 'left', rank: 3, cell: stateCell },
  { title: 'report', align: 'left', rank: 4, cell: reportCell },
  { title: 'sessions', align: 'right', rank: 5, cell: ({ sessions }) => formatCount(sessions) },
  { title: 'RSS', align: 'right', rank: 7, cell: rssCell },
  {
    title: 'heap',
    align: 'right',
    rank: 10,
    cell: figure((row) => formatBytes(row.heapUsedBytes)),
  },
  {
    title: 'external',
    align: 'right',
    rank: 18,
    cell: figure((row) => formatBytes(row.externalBytes)),
  },
  {
    title: 'CPU%',
    align: 'right',
    rank: 8,
    cell: figure((row) => shortPercent(row.cpu?.nowRatio ?? null)),
  },
  { title: 'lag', align: 'right', rank: 9, cell: figure((row) => formatMs(row.loopLagMs)) },
  { title: 'ELU', align: 'right', rank: 11, cell: figure((row) => formatRatio(row.eluRatio)) },
  { title: 'CPU', align: 'right', rank: 14, cell: figure((row) => formatMs(row.cpuMs)) },
  { title: 'restarts', align: 'right', rank: 15, cell: ({ restarts }) => formatCount(restarts) },
  { title: 'last end', align: 'left', rank: 13, minWidth: 16, cell: lastEndText },
];

export function isolateLines(rows: readonly IsolateRow[], terminal: Terminal): string[] {
  const lines = tableLines(COLUMNS, rows, terminal);
  if (rows.some(isOutdated)) {
    lines.push(
      ...wrapped(`${OUTDATED_MARK} as last reported: the isolate is stale or lost`, terminal),
    );
  }
  return lines;
}

const isOutdated = ({ freshness }: IsolateRow): boolean => freshness !== 'fresh';

/** An id is a name made of digits: not grouped. */
const plain = (id: number | null): string => (id === null ? NOTHING : String(id));

function figure(textOf: (row: IsolateRow) => string): (row: IsolateRow) => Cell {
  return (row) => {
    const text = textOf(row);
    if (text === NOTHING || !isOutdated(row)) return { text, tone: 'plain' };
    return { text: `${OUTDATED_MARK}${text}`, tone: 'warn' };
  };
}

function rssCell(row: IsolateRow): Cell {
  // A thread has no memory of its own to the operating system: it is in its process's figure.
  if (row.rung === 'thread' && row.rssBytes === null) return { text: 'shared', tone: 'plain' };
  return figure(({ rssBytes }) => formatBytes(rssBytes))(row);
}

function stateCell({ state }: IsolateRow): Cell {
  return { text: state, tone: STATE_TONE[state] ?? 'plain' };
}

export function reportCell({ freshness, reportAgeMs }: IsolateRow): Cell {
  const text = reportAgeMs === null ? freshness : `${freshness} ${formatMs(reportAgeMs)}`;
  return { text, tone: FRESHNESS_TONE[freshness] };
}

function lastEndText({ lastEnd }: IsolateRow): string {
  if (lastEnd === null) return NOTHING;
  const detail = lastEnd.detail === '' ? '' : `: ${lastEnd.detail}`;
  const offender = lastEnd.offender === undefined ? '' : ` (session ${lastEnd.offender})`;
  return `${lastEnd.reason} ${formatMs(lastEnd.agoMs)} ago${detail}${offender}`;
}
