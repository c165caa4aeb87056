/** The latest blocks of a snapshot as a table: when, how long, whose, and at which line. */
import type { BlockRow } from '@tenantry/core/snapshot';
import type { Column } from './column.js';
import { NOTHING, formatMs } from './format.js';
import { placeText, whenText } from './place-text.js';
import { tableLines } from './table.js';
import { dotsOf, type Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

const MOST_ROWS = 10;
const SHORT_ID = 8;

/** What is said of a block whose line is not known. */
const NO_LINE = { session: 'unknown (native)', host: 'unknown (native)', gc: NOTHING } as const;

export function blockTableLines(
  blocks: readonly BlockRow[],
  takenAtMs: number,
  terminal: Terminal,
): string[] {
  const lines = tableLines(columns(takenAtMs), blocks.slice(0, MOST_ROWS), terminal);
  const more = blocks.length - MOST_ROWS;
  if (more <= 0) return lines;
  return [...lines, ...wrapped(`${dotsOf(terminal)} and ${more} more (--json has all)`, terminal)];
}

function columns(takenAtMs: number): readonly Column<BlockRow>[] {
  return [
    {
      title: 'when',
      align: 'right',
      rank: 3,
      cell: (block) => ({
        text: whenText(block, takenAtMs),
        tone: block.isOngoing ? 'bad' : 'plain',
      }),
    },
    { title: 'length', align: 'right', rank: 2, cell: (row) => formatMs(row.durationMs) },
    { title: 'isolate', align: 'left', rank: 6, minWidth: 8, cell: ({ isolate }) => isolate },
    { title: 'cause', align: 'left', rank: 7, cell: ({ cause }) => cause },
    {
      title: 'tenant',
      align: 'left',
      rank: 4,
      minWidth: 8,
      cell: ({ tenant }) => tenant ?? NOTHING,
    },
    {
      title: 'session',
      align: 'left',
      rank: 5,
      cell: ({ session }) => session?.slice(0, SHORT_ID) ?? NOTHING,
    },
    { title: 'agent', align: 'left', rank: 8, minWidth: 8, cell: ({ agent }) => agent ?? NOTHING },
    {
      title: 'line',
      align: 'left',
      rank: 1,
      minWidth: 40,
      cell: ({ place, cause }) => (place === null ? NO_LINE[cause] : placeText(place)),
    },
  ];
}
