/**
 * Why a session was not admitted, and the coded error that says so. Which reason comes first is left
 * to `admission.ts`.
 */
import type { ErrorCode } from '../errors/error-codes.js';
import { withoutStack, type ErrorFields, type TenantryError } from '../errors/errors.js';
import type { Cap } from '../limits/cap.js';
import { countRefusal } from '../tenant/tenant-books.js';
import type { Tenant } from '../tenant/tenant.js';

/** What admission refuses for: the key it is counted under, per tenant. */
export type RefusalReason =
  | 'draining'
  | 'quarantined'
  | 'breaker'
  | 'rate-limit'
  | 'tenant-cap'
  | 'agent-cap'
  | 'pool-cap'
  | 'queue-full'
  | 'queue-timeout';

/** A cap frees when any session ends, which cannot be foretold; a second is polite and soon enough. */
export const CAP_RETRY_AFTER_MS = 1_000;
export const DRAIN_RETRY_AFTER_MS = 5_000;

const CODES: Readonly<Record<RefusalReason, ErrorCode>> = {
  draining: 'TENANTRY_POOL_DRAINING',
  quarantined: 'TENANTRY_TENANT_QUARANTINED',
  breaker: 'TENANTRY_BREAKER_OPEN',
  'rate-limit': 'TENANTRY_RATE_LIMITED',
  'tenant-cap': 'TENANTRY_TENANT_CAP',
  'agent-cap': 'TENANTRY_AGENT_CAP',
  'pool-cap': 'TENANTRY_POOL_CAP',
  'queue-full': 'TENANTRY_QUEUE_FULL',
  'queue-timeout': 'TENANTRY_QUEUE_TIMEOUT',
};

/** Counts the refusal and builds its error; `code` where the reason has more than one. */
export function refusal(
  tenant: Tenant,
  reason: RefusalReason,
  why: string,
  retryAfterMs: number,
  details?: Readonly<Record<string, unknown>>,
  code: ErrorCode = CODES[reason],
): TenantryError {
  countRefusal(tenant.books, reason);
  const fields: ErrorFields =
    details === undefined
      ? { tenant: tenant.id, retryAfterMs: Math.ceil(retryAfterMs) }
      : { tenant: tenant.id, retryAfterMs: Math.ceil(retryAfterMs), details };
  return withoutStack(code, `session of tenant "${tenant.id}" refused: ${why}`, fields);
}

export function full(
  tenant: Tenant,
  reason: 'tenant-cap' | 'agent-cap' | 'pool-cap',
  whose: string,
  { heldCount, maxCount }: Cap,
): TenantryError {
  const why = `${whose} at its cap (${heldCount} of ${maxCount})`;
  return refusal(tenant, reason, why, CAP_RETRY_AFTER_MS, { running: heldCount, limit: maxCount });
}
