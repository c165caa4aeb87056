/** What stands in for the pool inside an isolate, where an agent module may import it and not make one. */
import { TenantryError } from '../errors/errors.js';

/** @throws TENANTRY_POOL_IN_ISOLATE */
export function AgentPool(): never {
  throw noPool();
}

/** @throws TENANTRY_POOL_IN_ISOLATE */
export function checkOptions(): never {
  throw noPool();
}

/** @throws TENANTRY_POOL_IN_ISOLATE */
export function closeOnSignals(): never {
  throw noPool();
}

function noPool(): TenantryError {
  return new TenantryError(
    'TENANTRY_POOL_IN_ISOLATE',
    'an agent module made a pool while an isolate loaded it: keep agents in files of their own',
  );
}
