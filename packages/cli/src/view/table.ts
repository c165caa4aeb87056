/**
 * Rows to lines, by cli-table3: cleans every cell, fits the table to the terminal and says which
 * columns it left out. What the columns are is left to the tables of each kind of row.
 */
import Table from 'cli-table3';
import { cleanText } from './clean-text.js';
import { OPEN, fitColumns, type Cell, type Column, type Fit } from './column.js';
import { paint } from './paint.js';
import { dotsOf, type Terminal } from './terminal.js';
import { clipped, textWidth } from './text-width.js';
import { wrapped } from './wrapped.js';

const ASCII_BORDERS = Object.fromEntries([
  ...['left', 'middle', 'right'].map((name) => [name, '|']),
  ...['top', 'mid', 'bottom'].map((name) => [name, '-']),
  ...['top-left', 'top-mid', 'top-right', 'left-mid', 'mid-mid'].map((name) => [name, '+']),
  ...['right-mid', 'bottom-left', 'bottom-mid', 'bottom-right'].map((name) => [name, '+']),
]) as Readonly<Record<string, string>>;

const NO_BORDERS = Object.fromEntries(
  Object.keys(ASCII_BORDERS).map((name) => [name, name === 'middle' ? ' ' : '']),
) as Readonly<Record<string, string>>;

/** A blank on each side of a cell. */
const PADDING = 2;
/** cli-table3's layout takes time with the square of the rows, so that it gets this many at once. */
const ROWS_AT_ONCE = 100;
/** Border, titles, border. */
const HEAD_LINES = 3;
/** Without a frame. */
const TITLE_LINES = 1;

/** The table as lines, and a last line that names what did not fit. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: Terminal,
): string[] {
  const cells = rows.map((row) => columns.map((column) => toCell(column.cell(row))));
  const limit = terminal.columns ?? Number.POSITIVE_INFINITY;
  const fit = fitColumns(columns, naturalWidths(columns, cells), limit);
  const lines = draw(columns, cells.slice(0, ROWS_AT_ONCE), terminal, fit);
  const end = lines.pop()!;
  for (let at = ROWS_AT_ONCE; at < cells.length; at += ROWS_AT_ONCE) {
    const more = draw(columns, cells.slice(at, at + ROWS_AT_ONCE), terminal, fit);
    lines.push(...more.slice(HEAD_LINES, -1));
  }
  lines.push(end);

  const dropped = columns.filter((_, at) => !fit.kept.includes(at));
  if (dropped.length === 0) return lines;
  const titles = dropped.map(({ title }) => title).join(', ');
  return [...lines, ...wrapped(`not shown at ${limit} columns: ${titles}`, terminal)];
}

function toCell(cell: Cell | string): Cell {
  return typeof cell === 'string'
    ? { text: cleanText(cell), tone: 'plain' }
    : { text: cleanText(cell.text), tone: cell.tone };
}

/** The widths at which nothing is cut. */
function naturalWidths<Row>(
  columns: readonly Column<Row>[],
  rows: readonly (readonly Cell[])[],
): number[] {
  return columns.map(({ title }, at) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[at]!.text)), textWidth(title)),
  );
}

function draw<Row>(
  columns: readonly Column<Row>[],
  rows: readonly (readonly Cell[])[],
  terminal: Terminal,
  fit: Fit,
): string[] {
  return drawn(columns, rows, terminal, fit, {
    colWidths: fit.widths.map((width) => width + PADDING),
    style: { head: [], border: [], compact: true },
    ...(terminal.hasUnicode ? {} : { chars: ASCII_BORDERS }),
  });
}

/** The table without a frame: a line of titles and a line a row; nothing tells what did not fit. */
export function openTableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: Terminal,
): string[] {
  const cells = rows.map((row) => columns.map((column) => toCell(column.cell(row))));
  const limit = terminal.columns ?? Number.POSITIVE_INFINITY;
  const fit = fitColumns(columns, naturalWidths(columns, cells), limit, OPEN);
  const options = {
    colWidths: [...fit.widths],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: NO_BORDERS,
  };
  const lines = drawn(columns, cells.slice(0, ROWS_AT_ONCE), terminal, fit, options);
  for (let at = ROWS_AT_ONCE; at < cells.length; at += ROWS_AT_ONCE) {
    const more = drawn(columns, cells.slice(at, at + ROWS_AT_ONCE), terminal, fit, options);
    lines.push(...more.slice(TITLE_LINES));
  }
  return lines;
}

function drawn<Row>(
  columns: readonly Column<Row>[],
  rows: readonly (readonly Cell[])[],
  terminal: Terminal,
  { kept, widths }: Fit,
  options: Table.TableConstructorOptions,
): string[] {
  const table = new Table({
    ...options,
    head: kept.map((at) => paint(columns[at]!.title, 'strong', terminal)),
    colAligns: kept.map((at) => columns[at]!.align),
    truncate: dotsOf(terminal),
  });
  for (const row of rows) {
    const cells = kept.map((at, place) => {
      const { text, tone } = row[at]!;
      // Cut here: cli-table3 would cut between the halves of a surrogate pair.
      return paint(clipped(text, widths[place]!, dotsOf(terminal)), tone, terminal);
    });
    table.push(cells);
  }
  return table.toString().split('\n');
}
