/** The orders of the rows. Figures come largest first, names by the alphabet; what has no figure comes last. */
import type { IsolateRow, SessionRow, TenantRow } from '@tenantry/core/snapshot';
import type { TopSession } from './top-session.js';

export const SORT_KEYS = [
  'cpu_pct',
  'mem_mb',
  'blocked_ms',
  'duration_s',
  'agent',
  'session',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const nextSortKey = (key: SortKey): SortKey =>
  SORT_KEYS[(SORT_KEYS.indexOf(key) + 1) % SORT_KEYS.length]!;

type Value = string | number | null;

/** The figures of a row that keys name; a row without the key's figure is sorted by its name alone. */
type Figures = Readonly<Partial<Record<SortKey, Value>>>;

export const sortedSessions = (rows: readonly TopSession[], key: SortKey): TopSession[] =>
  sorted(
    rows,
    key,
    ({ session }) => session,
    (row) => ({
      cpu_pct: row.cpuRatio,
      mem_mb: row.memory?.bytes ?? null,
      blocked_ms: row.blockedMs,
      duration_s: row.durationMs,
      agent: row.agent,
    }),
  );

/** The same order for the rows of the snapshot itself. */
export const sortedSessionRows = (rows: readonly SessionRow[], key: SortKey): SessionRow[] =>
  sorted(
    rows,
    key,
    ({ session }) => session,
    (row) => ({
      cpu_pct: row.cpu?.nowRatio ?? null,
      mem_mb: row.memory?.bytes ?? null,
      blocked_ms: row.blocked.totalMs,
      duration_s: row.durationMs,
      agent: row.agent,
    }),
  );

export const sortedTenants = (rows: readonly TenantRow[], key: SortKey): TenantRow[] =>
  sorted(
    rows,
    key,
    ({ tenant }) => tenant,
    (row) => ({
      cpu_pct: row.cpu?.nowRatio ?? null,
      mem_mb: row.memoryBytes,
      blocked_ms: row.blocked.totalMs,
    }),
  );

/** The main loop stays first where names decide: everything else is measured against it. */
export const sortedIsolates = (rows: readonly IsolateRow[], key: SortKey): IsolateRow[] =>
  sorted(
    rows,
    key,
    ({ isolate }) => (isolate === 'main' ? '' : isolate),
    (row) => ({
      cpu_pct: row.cpu?.nowRatio ?? null,
      mem_mb: row.rssBytes ?? row.heapUsedBytes,
      blocked_ms: row.loopLagMs,
    }),
  );

function sorted<Row>(
  rows: readonly Row[],
  key: SortKey,
  nameOf: (row: Row) => string,
  figuresOf: (row: Row) => Figures,
): Row[] {
  const keyed = rows.map((row) => ({ row, name: nameOf(row), value: figuresOf(row)[key] ?? null }));
  return keyed
    .sort((a, b) => compared(a.value, b.value) || compared(a.name, b.name))
    .map(({ row }) => row);
}

function compared(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  return a < b ? -1 : 1;
}
