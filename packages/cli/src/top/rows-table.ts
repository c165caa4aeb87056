/**
 * The shown page of a table: titles, rows, the row of what belongs to nobody, and a mark on the row of
 * the cursor. Columns are left to the tables of each kind of row.
 */
import type { Column } from '../view/column.js';
import { paint } from '../view/paint.js';
import { openTableLines } from '../view/table.js';
import type { Terminal } from '../view/terminal.js';
import { clipped } from '../view/text-width.js';
import type { SortKey } from './sort.js';

export interface SortedColumn<Row> extends Column<Row> {
  /** The order that this column shows. */
  readonly sortKey?: SortKey;
}

export interface Page<Row> {
  readonly rows: readonly (Row | 'unattributed')[];
  readonly sort: SortKey;
  /** Position of the cursor's row on this page; null where there is no cursor. */
  readonly marked: number | null;
}

const UNATTRIBUTED = 'unattributed';
const ASCENDING: readonly SortKey[] = ['agent', 'session'];

export function pageLines<Row>(
  columns: readonly SortedColumn<Row | 'unattributed'>[],
  { rows, sort, marked }: Page<Row>,
  terminal: Terminal,
): string[] {
  const markedRow = marked === null ? undefined : rows[marked];
  // Without colours the first cell points at the marked row.
  const isPointed = marked !== null && !terminal.hasColour;
  const titled = columns.map((column, at) => ({
    ...column,
    title:
      (isPointed && at === 0 ? ' ' : '') +
      (column.sortKey === sort ? column.title + sortMark(sort, terminal) : column.title),
    cell: (row: Row | 'unattributed') => {
      const cell = column.cell(row);
      const isMarked = row === markedRow;
      const pointer = isPointed && at === 0 ? (isMarked ? '>' : ' ') : '';
      if (typeof cell === 'string') return pointer + cell;
      // The marked row is painted as a whole.
      return { text: pointer + cell.text, tone: isMarked ? ('plain' as const) : cell.tone };
    },
  }));
  const [titles, ...lines] = openTableLines(titled, rows, terminal);
  return [
    titles!,
    ...lines.map((line, at) => {
      if (rows[at] === UNATTRIBUTED) return labelled(line, terminal);
      return at === marked ? paint(line, 'marked', terminal) : line;
    }),
  ];
}

function sortMark(sort: SortKey, { hasUnicode }: Terminal): string {
  if (!hasUnicode) return '*';
  return ASCENDING.includes(sort) ? '↑' : '↓';
}

/** Its name goes over the first columns, which are empty in this row. */
function labelled(line: string, terminal: Terminal): string {
  const [blank] = /^ */.exec(line)!;
  const label = clipped(UNATTRIBUTED, blank.length - 1, '');
  return paint(label, 'faint', terminal) + line.slice(label.length);
}
