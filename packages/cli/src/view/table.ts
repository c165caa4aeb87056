/**
 * Rows to lines, by cli-table3: cleans every cell, fits the table to the terminal and says which
 * columns it left out. What the columns are is left to the tables of each kind of row.
 */
import Table from 'cli-table3';
import { cleanText } from './clean-text.js';
import { fitColumns, type Cell, type Column } from './column.js';
import { paint } from './paint.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

const ASCII_BORDERS = Object.fromEntries([
  ...['left', 'middle', 'right'].map((name) => [name, '|']),
  ...['top', 'mid', 'bottom'].map((name) => [name, '-']),
  ...['top-left', 'top-mid', 'top-right', 'left-mid', 'mid-mid'].map((name) => [name, '+']),
  ...['right-mid', 'bottom-left', 'bottom-mid', 'bottom-right'].map((name) => [name, '+']),
]) as Readonly<Record<string, string>>;

/** The table as lines, and a last line that names what did not fit. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: Terminal,
): string[] {
  const cells = rows.map((row) => columns.map((column) => toCell(column.cell(row))));
  const all = columns.map((_, at) => at);
  const whole = draw(columns, cells, all, undefined, terminal);
  if (terminal.columns === null || whole[0]!.length <= terminal.columns) return whole;

  const fit = fitColumns(columns, widthsOf(whole[0]!, terminal), terminal.columns);
  const lines = draw(columns, cells, fit.kept, fit.widths, terminal);
  const dropped = columns.filter((_, at) => !fit.kept.includes(at));
  if (dropped.length > 0) {
    const titles = dropped.map(({ title }) => title).join(', ');
    lines.push(...wrapped(`not shown at ${terminal.columns} columns: ${titles}`, terminal));
  }
  return lines;
}

function toCell(cell: Cell | string): Cell {
  return typeof cell === 'string'
    ? { text: cleanText(cell), tone: 'plain' }
    : { text: cleanText(cell.text), tone: cell.tone };
}

function draw<Row>(
  columns: readonly Column<Row>[],
  rows: readonly (readonly Cell[])[],
  kept: readonly number[],
  widths: readonly number[] | undefined,
  terminal: Terminal,
): string[] {
  const table = new Table({
    head: kept.map((at) => paint(columns[at]!.title, 'strong', terminal)),
    colAligns: kept.map((at) => columns[at]!.align),
    colWidths: widths?.map((width) => width + 2) ?? [],
    truncate: terminal.hasUnicode ? '…' : '...',
    style: { head: [], border: [], compact: true },
    ...(terminal.hasUnicode ? {} : { chars: ASCII_BORDERS }),
  });
  for (const row of rows) {
    table.push(kept.map((at) => paint(row[at]!.text, row[at]!.tone, terminal)));
  }
  return table.toString().split('\n');
}

/** The top border has one character a column of the terminal, whatever the cells hold. */
function widthsOf(topBorder: string, { hasUnicode }: Terminal): number[] {
  const between = hasUnicode ? '┬' : '+';
  return topBorder
    .slice(1, -1)
    .split(between)
    .map((part) => part.length - 2);
}
