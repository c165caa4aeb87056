/**
 * What a person can ask a pool about its dead letters: which there are, what one holds; and have done
 * with them. Checked by hand like every request of the socket.
 */
import { TenantryError, shown } from '../errors/errors.js';
import { isTenantId } from '../vocabulary/names.js';

/** Looks; changes nothing. */
export type DeadLetterQuestion =
  | {
      readonly command: 'deadletters';
      readonly action: 'list';
      /** Null: of every tenant. */
      readonly tenant: string | null;
      readonly limit: number;
    }
  | { readonly command: 'deadletters'; readonly action: 'show'; readonly job: string };

/** Of one job, of a tenant, or of all: one of the three is said. */
export interface DeadLetterAct {
  readonly command: 'deadletters';
  readonly action: 'retry' | 'drop';
  readonly uid: number | null;
  readonly dryRun: boolean;
  readonly tenant: string | null;
  readonly job: string | null;
  readonly all: boolean;
}

/** Most that are listed at once: a reply is one line. */
export const MOST_LISTED = 1_000;

export const DEAD_LETTER_FIELDS: readonly string[] = [
  'command',
  'action',
  'uid',
  'dryRun',
  'tenant',
  'job',
  'all',
  'limit',
];

type Fields = Readonly<Record<string, unknown>>;
type Asked = Pick<DeadLetterAct, 'uid' | 'dryRun'>;

/** @throws TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID */
export function parseDeadLetters(fields: Fields, asked: Asked): DeadLetterQuestion | DeadLetterAct {
  const command = 'deadletters';
  const { action } = fields;
  const tenant = tenantOrNull(fields['tenant']);
  switch (action) {
    case 'list':
      return { command, action, tenant, limit: limitOf(fields['limit']) };
    case 'show':
      return { command, action, job: jobOf(fields['job']) };
    case 'retry':
    case 'drop': {
      const job = isAbsent(fields['job']) ? null : jobOf(fields['job']);
      const all = fields['all'] === true;
      if ([job !== null, tenant !== null, all].filter(Boolean).length !== 1) {
        throw new TenantryError(
          'TENANTRY_OPTIONS_INVALID',
          `deadletters ${action}: name a job or a tenant, or say all`,
        );
      }
      return { command, action, ...asked, tenant, job, all };
    }
    default:
      throw unexpected('action', action, 'list, show, retry or drop');
  }
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function tenantOrNull(value: unknown): string | null {
  if (isAbsent(value)) return null;
  if (isTenantId(value)) return value;
  throw new TenantryError(
    'TENANTRY_TENANT_ID_INVALID',
    `tenant id ${shown(value)}: expected 1 to 128 letters, digits, "-" or "_"`,
    { details: { received: shown(value), limit: 128 } },
  );
}

function jobOf(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= 128) return value;
  throw unexpected('job', value, 'the id of a job');
}

function limitOf(value: unknown): number {
  if (isAbsent(value)) return 100;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_LISTED) {
    return value as number;
  }
  throw unexpected('limit', value, `1 to ${MOST_LISTED}`);
}

function unexpected(name: string, value: unknown, expected: string): TenantryError {
  return new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${name}: expected ${expected}, received ${shown(value)}`,
  );
}
