/**
 * What a table's column is, and which columns fit a width. The least important go first; those that
 * may be cut short share what is left. Drawing is left to `table.ts`.
 */
import type { Tone } from './paint.js';

export interface Cell {
  readonly text: string;
  readonly tone: Tone;
}

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** 1 is left out last; no two columns of a table have the same. */
  readonly rank: number;
  /** May be cut short to this many characters; a column without it is shown whole or not at all. */
  readonly minWidth?: number;
  cell(row: Row): Cell | string;
}

export interface Fit {
  /** Positions of the columns that are shown, in their order. */
  readonly kept: readonly number[];
  /** Width of each kept column's text. */
  readonly widths: readonly number[];
}

/** What a table's frame takes of the width. */
export interface FrameWidths {
  readonly aroundColumn: number;
  readonly edge: number;
}

/** One blank on each side and a line before each column; one more line ends the table. */
const BOXED: FrameWidths = { aroundColumn: 3, edge: 1 };
/** A blank between two columns. */
export const OPEN: FrameWidths = { aroundColumn: 1, edge: -1 };

/** `naturalWidths` are the widths at which nothing is cut. */
export function fitColumns(
  columns: readonly Pick<Column<never>, 'rank' | 'minWidth'>[],
  naturalWidths: readonly number[],
  limit: number,
  { aroundColumn, edge }: FrameWidths = BOXED,
): Fit {
  const least = columns.map(({ minWidth }, at) => {
    const natural = naturalWidths[at] ?? 0;
    return minWidth === undefined ? natural : Math.min(natural, minWidth);
  });
  const sumOf = (kept: readonly number[]): number =>
    kept.reduce((sum, at) => sum + least[at]! + aroundColumn, edge);
  const byRank = columns.map((_, at) => at).sort((a, b) => columns[a]!.rank - columns[b]!.rank);
  while (byRank.length > 1 && sumOf(byRank) > limit) byRank.pop();

  let spare = limit - sumOf(byRank);
  const widths = [...least];
  if (spare < 0) widths[byRank[0]!] = Math.max(1, least[byRank[0]!]! + spare);
  for (const at of byRank) {
    const more = Math.min(Math.max(0, spare), naturalWidths[at]! - least[at]!);
    widths[at]! += more;
    spare -= more;
  }
  const kept = [...byRank].sort((a, b) => a - b);
  return { kept, widths: kept.map((at) => widths[at]!) };
}
