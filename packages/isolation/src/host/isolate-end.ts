/** What the end of an isolate means for its sessions and its tenant. Noticing it is left to channels. */
import { TenantryError } from '@tenantry/core/internal';
import type {
  AbortReason,
  IsolateEnd,
  IsolateEndReason,
  SessionSpec,
} from '@tenantry/core/internal';

/** What its end means for the sessions in it. */
export const SESSION_REASON: Readonly<Record<IsolateEndReason, AbortReason>> = {
  stopped: 'shutdown',
  idle: 'shutdown',
  recycled: 'drained',
  exit: 'isolate-crashed',
  signal: 'isolate-crashed',
  uncaught: 'isolate-crashed',
  'oom-heap': 'memory-limit',
  'memory-limit': 'memory-limit',
  'cpu-limit': 'cpu-limit',
  unresponsive: 'isolate-unresponsive',
  'start-timeout': 'isolate-crashed',
  'start-failed': 'isolate-crashed',
  'channel-closed': 'isolate-crashed',
};

/** Ends that somebody asked for; every other one counts against the tenant. */
const WANTED: ReadonlySet<IsolateEndReason> = new Set(['stopped', 'idle', 'recycled']);

export function isAbnormal(end: IsolateEnd): boolean {
  return !WANTED.has(end.reason);
}

/** What a session is refused with that comes too late. */
export function foundEnded({ id, tenant }: SessionSpec, { reason, detail }: IsolateEnd): Error {
  return new TenantryError(
    'TENANTRY_ISOLATE_CRASHED',
    `session ${id} found its isolate ended (${reason}): ${detail}`,
    { tenant, session: id },
  );
}

export function notEntered(
  { id, tenant }: { readonly id: string; readonly tenant: string },
  startTimeoutMs: number,
): Error {
  return new TenantryError(
    'TENANTRY_SESSION_START_TIMEOUT',
    `session ${id} was not entered within ${startTimeoutMs} ms`,
    { tenant, session: id },
  );
}
