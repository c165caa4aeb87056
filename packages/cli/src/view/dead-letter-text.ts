/** Dead letters as a table, and one of them whole: what it was given, and how each attempt ended. */
import { printableJson } from './clean-text.js';
import type { Column } from './column.js';
import { NOTHING, formatCount, formatMs } from './format.js';
import { paint } from './paint.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

const SHORT_ID = 8;

interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly code?: string | null;
}

interface RowFacts {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly stateAtMs: number;
  readonly attemptCount: number;
  readonly lastError: ErrorFacts | null;
}

interface LetterFacts extends Omit<RowFacts, 'lastError'> {
  readonly submittedAtMs: number;
  readonly idempotencyKey: string | null;
  readonly input?: unknown;
  readonly metadata: unknown;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly startedAtMs: number;
    readonly durationMs: number | null;
    readonly reason: string | null;
    readonly rung: string | null;
    readonly session: string | null;
    readonly isCounted: boolean;
    readonly error: ErrorFacts | null;
  }[];
}

const COLUMNS: readonly Column<RowFacts>[] = [
  { title: 'job', align: 'left', rank: 1, cell: ({ id }) => id.slice(0, SHORT_ID) },
  { title: 'tenant', align: 'left', rank: 2, minWidth: 8, cell: ({ tenant }) => tenant },
  { title: 'agent', align: 'left', rank: 3, minWidth: 8, cell: ({ agent }) => agent },
  { title: 'since (UTC)', align: 'left', rank: 6, cell: ({ stateAtMs }) => timeText(stateAtMs) },
  {
    title: 'attempts',
    align: 'right',
    rank: 5,
    cell: ({ attemptCount }) => formatCount(attemptCount),
  },
  {
    title: 'last error',
    align: 'left',
    rank: 4,
    minWidth: 16,
    cell: ({ lastError }) => errorText(lastError),
  },
];

export function deadLetterLines(jobs: readonly RowFacts[], terminal: Terminal): string[] {
  return jobs.length === 0 ? [] : tableLines(COLUMNS, jobs, terminal);
}

export function deadLetterText(letter: LetterFacts, terminal: Terminal): string {
  const { id, tenant, agent, submittedAtMs, stateAtMs, idempotencyKey } = letter;
  const heading = (text: string): string => paint(text, 'strong', terminal);
  const sentences = [
    `job ${id} of tenant ${tenant}, agent ${agent}`,
    `submitted ${timeText(submittedAtMs)} UTC, a dead letter since ${timeText(stateAtMs)} UTC`,
    ...(idempotencyKey === null ? [] : [`idempotency key ${idempotencyKey}`]),
  ];
  const lines = [
    ...sentences.flatMap((text) => wrapped(text, terminal)),
    '',
    heading('Input'),
    letter.input === undefined ? NOTHING : printableJson(letter.input),
    heading('Metadata'),
    printableJson(letter.metadata),
    heading(`Attempts (${formatCount(letter.attemptCount)})`),
    ...letter.attempts.flatMap((attempt) => wrapped(attemptText(attempt), terminal)),
  ];
  return `${lines.join('\n')}\n`;
}

function attemptText(attempt: LetterFacts['attempts'][number]): string {
  const { attempt: number, startedAtMs, durationMs, reason, rung, session, error } = attempt;
  const where = rung === null ? '' : ` on ${rung}`;
  const who = session === null ? '' : `, session ${session.slice(0, SHORT_ID)}`;
  const counted = attempt.isCounted ? '' : ', not counted';
  const after = durationMs === null ? '' : ` after ${formatMs(durationMs)}`;
  const head = `${number}. ${timeText(startedAtMs)} ${reason ?? NOTHING}${after}${where}${who}${counted}`;
  return error === null ? head : `${head}: ${errorText(error)}`;
}

function errorText(error: ErrorFacts | null): string {
  if (error === null) return NOTHING;
  return (error.code ?? null) === null ? error.message : `${error.message} (${error.code})`;
}

function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}
