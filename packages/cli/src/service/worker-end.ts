/** What the end of a worker means for its service: an exit code, and an error where nobody had asked for it. */
import { TenantryError } from '@tenantry/core';
import { fromWireError, type RestartPolicy } from '@tenantry/core/internal';
import { SERVICE_EXIT } from './exit-codes.js';
import type { WorkerEnd } from './worker-process.js';

/** Of one that was told to end; before it listened for signals, these have ended it all the same. */
export function toldExitCodeOf({ code, signal, failure }: WorkerEnd): number {
  if (signal === 'SIGTERM' || signal === 'SIGINT') return SERVICE_EXIT.ended;
  if (signal !== null) return SERVICE_EXIT.killed;
  return failure?.exitCode ?? code ?? SERVICE_EXIT.failed;
}

/** Of the first one, that nobody told to end: whatever code an agent has it end with, it did not start. */
export function unreadyExitCodeOf({ failure }: WorkerEnd): number {
  return failure?.exitCode ?? SERVICE_EXIT.failed;
}

/** Why the first one was never ready. */
export function failureOf(end: WorkerEnd): Error {
  if (end.failure !== undefined) return fromWireError(end.failure.error);
  return new TenantryError(
    'TENANTRY_SERVICE_GAVE_UP',
    `the worker ended before it was ready (${said(end)})`,
  );
}

export function gaveUp({ restarts }: RestartPolicy, end: WorkerEnd): TenantryError {
  return new TenantryError(
    'TENANTRY_SERVICE_GAVE_UP',
    `the worker kept ending, ${restarts} restarts and the last time with ${said(end)}: given up`,
    { details: { restarts, code: end.code, signal: end.signal } },
  );
}

function said({ code, signal }: WorkerEnd): string {
  return signal === null ? `exit code ${code}` : signal;
}
