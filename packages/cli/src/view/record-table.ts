/**
 * Records of the audit trail as a table: when, what, of whom, by whom. Of a list in the detail only
 * its length is shown; `--json` has all of it.
 */
import type { Column } from './column.js';
import { NOTHING } from './format.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';

const SHORT_ID = 8;

/** Whatever came over a socket or out of a file. */
type Fields = Readonly<Record<string, unknown>>;

const COLUMNS: readonly Column<Fields>[] = [
  { title: 'seq', align: 'right', rank: 6, cell: ({ seq }) => plainText(seq) },
  { title: 'at (UTC)', align: 'left', rank: 2, cell: ({ at }) => timeText(at) },
  { title: 'kind', align: 'left', rank: 1, minWidth: 20, cell: ({ kind }) => plainText(kind) },
  { title: 'tenant', align: 'left', rank: 3, minWidth: 8, cell: ({ tenant }) => plainText(tenant) },
  {
    title: 'session',
    align: 'left',
    rank: 7,
    cell: ({ session }) => plainText(session).slice(0, SHORT_ID),
  },
  { title: 'by', align: 'left', rank: 4, cell: ({ actor }) => actorText(actor) },
  {
    title: 'detail',
    align: 'left',
    rank: 5,
    minWidth: 16,
    cell: ({ detail }) => detailText(detail),
  },
];

export function recordLines(records: readonly object[], terminal: Terminal): string[] {
  return tableLines(COLUMNS, records as readonly Fields[], terminal);
}

/** `2026-11-26 11:15:18`: which of two came first, their numbers say. */
function timeText(at: unknown): string {
  return plainText(at).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d+Z$/, '$1 $2');
}

/** `runtime`, `uid 1000`. */
function actorText(actor: unknown): string {
  const { kind, uid } = fieldsOf(actor);
  if (kind !== 'operator') return plainText(kind);
  return typeof uid === 'number' ? `uid ${uid}` : 'by hand';
}

/** `from coroutine, to thread, score 5.2, evidence × 3`. */
function detailText(detail: unknown): string {
  const parts = Object.entries(fieldsOf(detail))
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) =>
      Array.isArray(value) ? `${name} × ${value.length}` : `${name} ${shortText(value)}`,
    );
  return parts.length === 0 ? NOTHING : parts.join(', ');
}

function shortText(value: unknown): string {
  return typeof value === 'number' ? String(Math.round(value * 10) / 10) : plainText(value);
}

function plainText(value: unknown): string {
  if (value === undefined || value === null) return NOTHING;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
