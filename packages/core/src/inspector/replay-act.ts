/** What a pool is told before a recorded session is replayed, so that it is in the audit trail first. */
import { TenantryError, shown } from '../errors/errors.js';
import { isAgentName, isTenantId } from '../vocabulary/names.js';

export interface ReplayAct {
  /** `execute`: side effects are run; `dry-run`: they are answered, and everything else is refused. */
  readonly mode: 'dry-run' | 'execute';
  readonly tenant: string;
  readonly session: string;
  readonly agent: string;
  readonly rung: 'coroutine' | 'thread' | 'process';
  /** SHA-256 of the agent's code that runs, and of the recording. */
  readonly agentHash: string | null;
  readonly recordingHash: string;
}

export const REPLAY_FIELDS: readonly string[] = [
  'mode',
  'tenant',
  'session',
  'agent',
  'rung',
  'agentHash',
  'recordingHash',
];

const HASH = /^[0-9a-f]{64}$/;
const SESSION = /^[A-Za-z0-9_-]{1,128}$/;

/** @throws TENANTRY_OPTIONS_INVALID */
export function parseReplayAct(fields: Readonly<Record<string, unknown>>): ReplayAct {
  const { tenant, session, agent, agentHash, recordingHash } = fields;
  const mode = oneOf('mode', fields['mode'], ['dry-run', 'execute'] as const);
  const rung = oneOf('rung', fields['rung'], ['coroutine', 'thread', 'process'] as const);
  if (!isTenantId(tenant)) throw unexpected('tenant', tenant);
  if (typeof session !== 'string' || !SESSION.test(session)) throw unexpected('session', session);
  if (!isAgentName(agent)) throw unexpected('agent', agent);
  if (agentHash !== null && !isHash(agentHash)) throw unexpected('agentHash', agentHash);
  if (!isHash(recordingHash)) throw unexpected('recordingHash', recordingHash);
  return { mode, tenant, session, agent, rung, agentHash, recordingHash };
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && HASH.test(value);
}

function oneOf<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw unexpected(name, value);
}

function unexpected(name: string, value: unknown): TenantryError {
  return new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${name}: ${shown(value)} is nothing a replay can have there`,
  );
}
