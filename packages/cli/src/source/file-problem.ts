/** A failure of the file system as people read it. What was to be done with the file is left to the caller. */
import { TenantryError, codeOf } from '@tenantry/core/internal';

/** That it could not be read, and why. */
export function unreadable(file: string, cause: unknown): TenantryError {
  return new TenantryError('TENANTRY_FILE_UNREADABLE', `cannot read ${file}: ${whyOf(cause)}`, {
    details: { path: file, errno: codeOf(cause) ?? null },
    cause,
  });
}

/** That it could not be written; `why` as a sentence that names it. */
export function unwritable(file: string, why: string, errno?: string): TenantryError {
  return new TenantryError('TENANTRY_FILE_UNWRITABLE', why, {
    details: { path: file, errno: errno ?? null },
  });
}

export function whyOf(cause: unknown): string {
  const { message } = cause as Error;
  // `EACCES: permission denied, open '…'`: the code and the path are said already.
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
