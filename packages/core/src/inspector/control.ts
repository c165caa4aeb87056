/**
 * What a person can have a running pool do: the requests that change something, and what is answered.
 * Checked by hand like every request of the socket; carried out by `pool/pool-control.ts`.
 */
import { TenantryError, shown } from '../errors/errors.js';
import { isTenantId } from '../vocabulary/names.js';
import { RUNGS, type Rung } from '../vocabulary/rung.js';
import { REPLAY_FIELDS, parseReplayAct, type ReplayAct } from './replay-act.js';
import {
  DEAD_LETTER_FIELDS,
  parseDeadLetters,
  type DeadLetterAct,
  type DeadLetterQuestion,
} from './dead-letter-request.js';

/** Where a tenant can be put by hand. */
export const HAND_RUNGS = ['thread', 'process', 'quarantined'] as const;
export type HandRung = (typeof HAND_RUNGS)[number];

/** Longest drain that can be asked for: a day. */
export const LONGEST_DRAIN_MS = 86_400_000;
/** Most sessions a cap can be set to. */
export const LARGEST_CAP = 1_000_000;
/** The beginning of a session's id that stands for it, as tables show it. */
export const SHORTEST_SESSION_PREFIX = 8;

interface Asked {
  /** User id of who asks, as the asking program says it; null where the system has none. */
  readonly uid: number | null;
  /** Only says what would be done. */
  readonly dryRun: boolean;
}

export type ControlRequest =
  | (Asked & { readonly command: 'isolate'; readonly tenant: string; readonly as: HandRung })
  | (Asked & { readonly command: 'release'; readonly tenant: string })
  /** `rung: null` takes the pin away. */
  | (Asked & { readonly command: 'pin'; readonly tenant: string; readonly rung: Rung | null })
  /** `maxSessions: null` gives the tenant its configured cap back. */
  | (Asked & {
      readonly command: 'cap';
      readonly tenant: string;
      readonly maxSessions: number | null;
    })
  | (Asked & { readonly command: 'trip'; readonly tenant: string })
  | (Asked & { readonly command: 'reset'; readonly tenant: string })
  /** Of one tenant, one session, or the whole pool where both are null. */
  | (Asked & {
      readonly command: 'drain';
      readonly tenant: string | null;
      readonly session: string | null;
      /** Null: the pool's `drainTimeoutMs`. */
      readonly timeoutMs: number | null;
    })
  | (Asked & { readonly command: 'kick'; readonly session: string })
  /** Puts into the audit trail that a recorded session is about to be replayed, elsewhere. */
  | (Asked & { readonly command: 'replay' } & ReplayAct)
  | DeadLetterAct;

/** An act as it is asked for in code; who asks is said beside it. */
export type ActRequest = { readonly command: ControlCommand } & Readonly<Record<string, unknown>>;

export type ControlCommand = ControlRequest['command'];

/** Asks why a tenant or session was refused, slow, moved or ended. Changes nothing. */
export interface ExplainRequest {
  readonly command: 'explain';
  readonly name: string;
}

/** What was done, or in a dry run would have been. */
export interface ControlReply {
  readonly command: ControlCommand;
  /** The tenant, session or job; `pool` for all of it. */
  readonly target: string;
  readonly isDryRun: boolean;
  /** False where it was so already. */
  readonly changed: boolean;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  /** In one sentence. */
  readonly said: string;
  /** False where the disk refused its record in the audit trail; absent where nothing was changed. */
  readonly isAudited?: boolean;
  /**
   * Of an act on a tenant: false where the disk refused to keep it, so that a restart now would undo
   * it; it is tried again. Absent where nothing was changed, or the pool keeps nothing.
   */
  readonly isKept?: boolean;
}

export interface Explanation {
  readonly about: 'tenant' | 'session';
  readonly name: string;
  readonly sentences: readonly string[];
  /** The records of the audit trail that the sentences are made of, oldest first. */
  readonly records: readonly object[];
}

/** The fields of each request; a misspelt one is refused, not ignored. */
export const CONTROL_FIELDS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['isolate', ['command', 'uid', 'dryRun', 'tenant', 'as']],
  ['release', ['command', 'uid', 'dryRun', 'tenant']],
  ['pin', ['command', 'uid', 'dryRun', 'tenant', 'rung']],
  ['cap', ['command', 'uid', 'dryRun', 'tenant', 'maxSessions']],
  ['trip', ['command', 'uid', 'dryRun', 'tenant']],
  ['reset', ['command', 'uid', 'dryRun', 'tenant']],
  ['drain', ['command', 'uid', 'dryRun', 'tenant', 'session', 'timeoutMs']],
  ['kick', ['command', 'uid', 'dryRun', 'session']],
  ['replay', ['command', 'uid', 'dryRun', ...REPLAY_FIELDS]],
  ['deadletters', DEAD_LETTER_FIELDS],
  ['explain', ['command', 'name']],
]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * A field that the act does not have is refused, as one on the socket is.
 * @throws TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID
 */
export function parseAct(fields: Fields): ControlRequest {
  const { command } = fields;
  const known = command === 'explain' ? undefined : CONTROL_FIELDS.get(command);
  if (known === undefined) throw unexpected('command', command, 'an act');
  const misspelt = Object.keys(fields).find((field) => !known.includes(field));
  if (misspelt !== undefined) {
    throw new TenantryError(
      'TENANTRY_OPTIONS_INVALID',
      `${shown(command)}: no field ${shown(misspelt)}; there are: ${known.join(', ')}`,
    );
  }
  const request = parseControl(fields);
  if (request.command !== 'explain' && 'uid' in request) return request;
  throw unexpected('action', fields['action'], 'retry or drop');
}

/** @throws TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID */
export function parseControl(fields: Fields): ControlRequest | ExplainRequest | DeadLetterQuestion {
  const command = fields['command'] as ControlCommand | 'explain';
  if (command === 'explain') return { command, name: text('name', fields['name']) };
  const asked = { uid: uidOf(fields['uid']), dryRun: fields['dryRun'] === true };
  switch (command) {
    case 'deadletters':
      return parseDeadLetters(fields, asked);
    case 'isolate': {
      const as = HAND_RUNGS.find((rung) => rung === fields['as']);
      if (as === undefined) throw unexpected('as', fields['as'], HAND_RUNGS.join(', '));
      return { command, ...asked, tenant: tenantOf(fields), as };
    }
    case 'pin':
      return { command, ...asked, tenant: tenantOf(fields), rung: rungOrNull(fields['rung']) };
    case 'cap': {
      const maxSessions = wholeOrNull('maxSessions', fields['maxSessions'], LARGEST_CAP);
      return { command, ...asked, tenant: tenantOf(fields), maxSessions };
    }
    case 'drain':
      return { command, ...asked, ...drained(fields) };
    case 'replay':
      return { command, ...asked, ...parseReplayAct(fields) };
    case 'kick':
      return { command, ...asked, session: text('session', fields['session']) };
    default:
      return { command, ...asked, tenant: tenantOf(fields) };
  }
}

function drained(fields: Fields): {
  readonly tenant: string | null;
  readonly session: string | null;
  readonly timeoutMs: number | null;
} {
  const tenant = isAbsent(fields['tenant']) ? null : tenantOf(fields);
  const session = isAbsent(fields['session']) ? null : text('session', fields['session']);
  if (tenant !== null && session !== null) {
    throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'drain: name a tenant or a session');
  }
  const timeoutMs = wholeOrNull('timeoutMs', fields['timeoutMs'], LONGEST_DRAIN_MS);
  return { tenant, session, timeoutMs };
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function tenantOf({ tenant }: Fields): string {
  if (isTenantId(tenant)) return tenant;
  throw new TenantryError(
    'TENANTRY_TENANT_ID_INVALID',
    `tenant id ${shown(tenant)}: expected 1 to 128 letters, digits, "-" or "_"`,
    { details: { received: shown(tenant), limit: 128 } },
  );
}

function rungOrNull(value: unknown): Rung | null {
  if (isAbsent(value)) return null;
  const rung = RUNGS.find((known) => known === value);
  if (rung !== undefined) return rung;
  throw unexpected('rung', value, RUNGS.join(', '));
}

function wholeOrNull(name: string, value: unknown, most: number): number | null {
  if (isAbsent(value)) return null;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) {
    return value as number;
  }
  throw unexpected(name, value, `a whole number from 0 to ${most}`);
}

function uidOf(value: unknown): number | null {
  return Number.isInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= 128) return value;
  throw unexpected(name, value, 'a name of 1 to 128 characters');
}

function unexpected(name: string, value: unknown, expected: string): TenantryError {
  return new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${name}: expected ${expected}, received ${shown(value)}`,
  );
}
