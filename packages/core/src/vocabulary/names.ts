/** The spelling rules of tenant ids and agent names: checked before anything else looks at them. */
import { TenantryError, shown } from '../errors/errors.js';

const TENANT_ID = /^[A-Za-z0-9_-]{1,128}$/;
const AGENT_NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Spelt like names, but would reach into the prototype of a plain object used as a table. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/** The tenant of a session that names none. */
const DEFAULT_TENANT = 'default';

export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && TENANT_ID.test(value) && !RESERVED.has(value);
}

export function isAgentName(value: unknown): value is string {
  return typeof value === 'string' && AGENT_NAME.test(value) && !RESERVED.has(value);
}

/**
 * The tenant a request is for: `default` where it names none.
 * @throws TENANTRY_TENANT_ID_INVALID
 */
export function parseTenantId(value: unknown): string {
  if (value === undefined || value === null) return DEFAULT_TENANT;
  if (isTenantId(value)) return value;
  throw new TenantryError(
    'TENANTRY_TENANT_ID_INVALID',
    `tenant id ${shown(value)}: expected 1 to 128 letters, digits, "-" or "_"`,
    { details: { received: shown(value), limit: 128 } },
  );
}

/** @throws TENANTRY_AGENT_NAME_INVALID */
export function parseAgentName(value: unknown): string {
  if (isAgentName(value)) return value;
  throw new TenantryError(
    'TENANTRY_AGENT_NAME_INVALID',
    `agent name ${shown(value)}: expected 1 to 64 letters, digits, "-" or "_"`,
    { details: { received: shown(value), limit: 64 } },
  );
}
