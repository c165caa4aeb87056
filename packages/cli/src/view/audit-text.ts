/** What is said of an audit file: whether its chain is whole, and what stands in it. */
import { formatCount } from './format.js';
import type { Problem } from './problem-text.js';
import { recordLines } from './record-table.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

const DAMAGED = 'TENANTRY_STATE_DAMAGED';

const WHY: Readonly<Record<string, string>> = {
  'not-json': 'is no record',
  'seq-gap': 'has another number than its place: a record was removed or put in',
  'prev-mismatch': 'does not follow the record before it',
  'hash-mismatch': 'is not what was written: its hash is another',
  'torn-last-line': 'is cut off',
};

export function wholeText(
  file: string,
  { records, lastHash }: { readonly records: number; readonly lastHash: string },
  terminal: Terminal,
): string {
  const said = `${file}: the chain of ${countText(records)} is whole`;
  return `${[...wrapped(said, terminal), ...wrapped(`last hash: ${lastHash}`, terminal)].join('\n')}\n`;
}

export function brokenProblem(
  file: string,
  { line, why }: { readonly line: number; readonly why: string },
): Problem {
  return { message: `${file}: line ${line} ${WHY[why] ?? `is broken (${why})`}`, code: DAMAGED };
}

export function trailText(records: readonly object[], terminal: Terminal): string {
  return records.length === 0 ? '' : `${recordLines(records, terminal).join('\n')}\n`;
}

export function unreadableProblem(file: string, count: number, first: number): Problem {
  const lines = count === 1 ? `line ${first} is` : `${formatCount(count)} lines are`;
  const from = count === 1 ? '' : `, from line ${first} on`;
  return { message: `${file}: ${lines} no record${from}`, code: DAMAGED };
}

/** Where there are more than are shown. */
export function moreNotes(shown: number, passing: number): string[] {
  if (passing <= shown) return [];
  return [`the last ${formatCount(shown)} of ${countText(passing)}; --last N shows more`];
}

const countText = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'record' : 'records'}`;
