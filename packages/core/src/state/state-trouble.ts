/**
 * What is told of durable state: a disk that refuses, one that takes again, a file set aside. Each
 * goes to the log and to whoever opened the file. Noticing it is left to the files beside this one.
 */
import path from 'node:path';
import { TenantryError, codeOf, isTenantryError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import type { Log } from '../log/log.js';

/** Told of each file's trouble. Must not throw. */
export interface StateListener {
  /** The disk refuses records; told once until it takes some again. TENANTRY_STATE_FAILED. */
  troubled(error: TenantryError): void;
  /** The disk takes records again. */
  recovered(file: string): void;
  /** A file could not be read whole or was lost, and begins anew. TENANTRY_STATE_DAMAGED. */
  damaged(error: TenantryError): void;
}

export const NOBODY: StateListener = { troubled() {}, recovered() {}, damaged() {} };

/** Writes each line of trouble to the log before the listener has it. */
export function logged(log: Log, listener: StateListener): StateListener {
  return {
    troubled(error) {
      log.error(fieldsOf(error), '[state] the disk refuses records; the next ones are tried again');
      listener.troubled(error);
    },
    recovered(file) {
      log.info({ path: file }, '[state] the disk takes records again');
      listener.recovered(file);
    },
    damaged(error) {
      const isKept = error.details['setAside'] !== null;
      const what = isKept ? 'a damaged file is set aside' : 'a file is lost, and begins anew';
      log.error(fieldsOf(error), `[state] ${what}`);
      listener.damaged(error);
    },
  };
}

function fieldsOf(error: TenantryError): object {
  return { code: error.code, reason: error.message, ...error.details };
}

/** TENANTRY_STATE_FAILED for what the system said of a file; one of ours stays what it is. */
export function stateFailed(file: string, what: string, cause: unknown): TenantryError {
  if (isTenantryError(cause)) return cause;
  const errno = codeOf(cause) ?? null;
  const reason = toWireError(cause).message;
  return new TenantryError('TENANTRY_STATE_FAILED', `${path.basename(file)}: ${what} (${reason})`, {
    details: { path: file, errno },
    cause,
  });
}

/** TENANTRY_STATE_DAMAGED, of a file that begins anew; what stood there is kept as `setAside`. */
export function stateDamaged(file: string, setAside: string | null, why: string): TenantryError {
  const kept = setAside === null ? 'it begins anew' : `it is kept as ${path.basename(setAside)}`;
  return new TenantryError('TENANTRY_STATE_DAMAGED', `${path.basename(file)}: ${why}; ${kept}`, {
    details: { path: file, setAside, why },
  });
}
