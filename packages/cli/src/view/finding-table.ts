/** What looks at the host found: a table, and below it what to do. */
import type { Cell, Column } from './column.js';
import type { Tone } from './paint.js';
import { paint } from './paint.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';
import { indented } from './wrapped.js';

interface FindingFacts {
  readonly check: string;
  readonly state: 'ok' | 'note' | 'warn' | 'fail';
  readonly found: string;
  readonly advice: string | null;
}

const TONES: Readonly<Record<FindingFacts['state'], Tone>> = {
  ok: 'good',
  note: 'plain',
  warn: 'warn',
  fail: 'bad',
};

const COLUMNS: readonly Column<FindingFacts>[] = [
  { title: 'check', align: 'left', rank: 1, cell: ({ check }) => check },
  {
    title: 'is',
    align: 'left',
    rank: 2,
    cell: ({ state }): Cell => ({ text: state, tone: TONES[state] }),
  },
  { title: 'found', align: 'left', rank: 3, minWidth: 20, cell: ({ found }) => found },
];

/** The worst are told last, where a reader's eye is. */
const ORDER = ['note', 'warn', 'fail'] as const;

export function findingText(findings: readonly FindingFacts[], terminal: Terminal): string {
  const lines = tableLines(COLUMNS, findings, terminal);
  for (const state of ORDER) {
    for (const { check, found, advice } of findings.filter((each) => each.state === state)) {
      lines.push('', paint(`${state}: ${check}`, TONES[state], terminal));
      lines.push(...indented(`${found}.`, '  ', terminal));
      if (advice !== null) lines.push(...indented(`To do: ${advice}.`, '  ', terminal));
    }
  }
  const counts = ORDER.map((state) => findings.filter((each) => each.state === state).length);
  lines.push('', `${counts[2]} failed, ${counts[1]} warnings, ${counts[0]} notes.`);
  return `${lines.join('\n')}\n`;
}
