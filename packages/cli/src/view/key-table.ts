/** API keys as a table, and what is said of one. There is nothing of a key itself in either. */
import type { Column } from './column.js';
import { NOTHING } from './format.js';
import type { Tone } from './paint.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';

export interface KeyRow {
  readonly id: string;
  /** Null: any. */
  readonly tenant: string | null;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly label: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly replacedBy: string | null;
}

const ANY_TENANT = '(any)';

const TONES: Readonly<Record<string, Tone>> = {
  retiring: 'warn',
  expired: 'faint',
  revoked: 'faint',
};

const COLUMNS: readonly Column<KeyRow>[] = [
  { title: 'id', align: 'left', rank: 1, cell: ({ id }) => id },
  {
    title: 'tenant',
    align: 'left',
    rank: 2,
    minWidth: 8,
    cell: ({ tenant }) => tenantText(tenant),
  },
  { title: 'role', align: 'left', rank: 4, cell: ({ role }) => role },
  { title: 'scopes', align: 'left', rank: 5, cell: ({ scopes }) => scopes.join(', ') },
  {
    title: 'state',
    align: 'left',
    rank: 3,
    cell: ({ state }) => ({ text: state, tone: TONES[state] ?? 'plain' }),
  },
  { title: 'created (UTC)', align: 'left', rank: 7, cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'ends (UTC)', align: 'left', rank: 6, cell: (row) => timeText(endOf(row)) },
  { title: 'label', align: 'left', rank: 8, minWidth: 8, cell: ({ label }) => label ?? NOTHING },
];

export function keyTableText(rows: readonly KeyRow[], terminal: Terminal): string {
  return rows.length === 0 ? '' : `${tableLines(COLUMNS, rows, terminal).join('\n')}\n`;
}

/** `key 3f2a91c07b1d0e44: tenant acme, role tenant, scopes sessions and jobs, never ends`. */
export function keyText(row: KeyRow): string {
  const { id, tenant, role, scopes } = row;
  const end = endOf(row);
  const whose = tenant === null ? 'any tenant' : `tenant ${tenant}`;
  const ends = end === null ? 'never ends' : `ends ${timeText(end)} UTC`;
  return `key ${id}: ${whose}, role ${role}, ${scopesText(scopes)}, ${ends}`;
}

const endOf = ({ revokedAt, expiresAt }: KeyRow): string | null => revokedAt ?? expiresAt;

const tenantText = (tenant: string | null): string => tenant ?? ANY_TENANT;

function scopesText(scopes: readonly string[]): string {
  const last = scopes.at(-1) ?? NOTHING;
  return scopes.length < 2
    ? `scope ${last}`
    : `scopes ${scopes.slice(0, -1).join(', ')} and ${last}`;
}

/** `2026-11-26 11:15:18`. */
function timeText(at: string | null): string {
  return at === null ? NOTHING : at.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '');
}
