/** A pool's settings as a table: as asked, as applied, and why the two differ. */
import type { Cell, Column } from './column.js';
import { NOTHING } from './format.js';
import type { Tone } from './paint.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';

interface SettingFacts {
  readonly setting: string;
  readonly requested: string;
  readonly applied: string;
  readonly state: 'requested' | 'applied' | 'degraded' | 'failed';
  readonly why: string | null;
  readonly origin: string;
}

const TONES: Readonly<Record<SettingFacts['state'], Tone>> = {
  applied: 'good',
  requested: 'accent',
  degraded: 'warn',
  failed: 'bad',
};

const COLUMNS: readonly Column<SettingFacts>[] = [
  { title: 'setting', align: 'left', rank: 1, minWidth: 20, cell: ({ setting }) => setting },
  { title: 'requested', align: 'left', rank: 4, minWidth: 8, cell: ({ requested }) => requested },
  { title: 'applied', align: 'left', rank: 2, minWidth: 8, cell: ({ applied }) => applied },
  {
    title: 'is',
    align: 'left',
    rank: 3,
    cell: ({ state }): Cell => ({ text: state, tone: TONES[state] }),
  },
  { title: 'from', align: 'left', rank: 5, minWidth: 7, cell: ({ origin }) => origin },
  { title: 'why', align: 'left', rank: 6, minWidth: 16, cell: ({ why }) => why ?? NOTHING },
];

export function settingText(rows: readonly SettingFacts[], terminal: Terminal): string {
  return `${tableLines(COLUMNS, rows, terminal).join('\n')}\n`;
}
