/** What is said of an audit file: whether its chain is whole, and what stands in it. */
import { formatCount } from './format.js';
import type { Problem } from './problem-text.js';
import { recordLines } from './record-table.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

interface Gap {
  readonly line: number;
  readonly kind: string;
  readonly at: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Whole {
  readonly records: number;
  readonly lastHash: string;
  readonly gaps: readonly Gap[];
}

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
  { records, lastHash, gaps }: Whole,
  terminal: Terminal,
): string {
  const said = [
    `${file}: the chain of ${countText(records)} is whole`,
    `last hash: ${lastHash}`,
    ...gaps.map(gapText),
  ];
  return `${said.flatMap((text) => wrapped(text, terminal)).join('\n')}\n`;
}

/** A file may be of any hand. */
const wordOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Of a record that says what is not in the file. */
function gapText({ line, kind, at, detail }: Gap): string {
  const { why, setAside, lastSeq, lastHash, refused, sinceAt } = detail;
  if (kind === 'audit.resumed') {
    return `line ${line}: ${countText(Number(refused))} missing, refused by the disk from ${wordOf(sinceAt)} to ${at}`;
  }
  const kept = typeof setAside === 'string' ? `; what stood there is kept as ${setAside}` : '';
  const before =
    lastSeq === undefined
      ? ''
      : `; the chain before ended with record ${wordOf(lastSeq)}, hash ${wordOf(lastHash)}`;
  return `line ${line}: a new chain began at ${at} in the place of another: ${wordOf(why)}${kept}${before}`;
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
