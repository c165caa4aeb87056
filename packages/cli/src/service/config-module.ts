/** A configuration that is code: imported, within its time. */
import { pathToFileURL } from 'node:url';
import {
  TenantryError,
  codeOf,
  toWireError,
  withDeadline,
  type Clock,
} from '@tenantry/core/internal';

/** What never ends must not hold a start, nor a reload. */
export const CONFIG_LOAD_TIMEOUT_MS = 10_000;

let loads = 0;

/**
 * Every load is one of its own: Node keeps a module for ever, under the address it came by.
 * @throws TENANTRY_CONFIG_FAILED
 */
export async function importAnew(
  file: string,
  clock: Clock,
): Promise<{ readonly default?: unknown }> {
  const url = `${pathToFileURL(file).href}?load=${++loads}`;
  try {
    return await withDeadline(
      clock,
      import(url) as Promise<{ readonly default?: unknown }>,
      CONFIG_LOAD_TIMEOUT_MS,
      () => late(file),
    );
  } catch (cause) {
    if (codeOf(cause) === 'TENANTRY_CONFIG_FAILED') throw cause;
    const { name, message } = toWireError(cause);
    throw failed(file, `${name}: ${message}`, cause);
  }
}

export function late(file: string): TenantryError {
  return failed(file, `it was not loaded within ${CONFIG_LOAD_TIMEOUT_MS} ms`);
}

export function failed(file: string, why: string, cause?: unknown): TenantryError {
  return new TenantryError('TENANTRY_CONFIG_FAILED', `${file}: ${why}`, {
    cause,
    details: { file },
  });
}
