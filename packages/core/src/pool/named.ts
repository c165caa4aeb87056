/** Finds who is meant by a name that a person has typed. */
import { TenantryError, shown } from '../errors/errors.js';
import type { Roster } from '../host/roster.js';
import { SHORTEST_SESSION_PREFIX } from '../inspector/control.js';
import type { Tenant } from '../tenant/tenant.js';
import type { TenantRegistry } from '../tenant/tenant-registry.js';
import { parseTenantId } from '../vocabulary/names.js';
import type { ClientSession } from '../session/client-session.js';

/** @throws TENANTRY_TENANT_UNKNOWN, TENANTRY_TENANT_ID_INVALID */
export function tenantNamed(tenants: TenantRegistry, name: string): Tenant {
  // A session that names no tenant is of a default one; an act that names none is a mistake.
  const tenant = tenants.find(parseTenantId(name ?? ''));
  if (tenant === undefined) throw unknownName('TENANTRY_TENANT_UNKNOWN', name);
  return tenant;
}

/** By its id, or by the beginning of it that tables show. @throws TENANTRY_SESSION_UNKNOWN */
export function sessionNamed(live: Roster<ClientSession>, name: string): ClientSession {
  if (typeof name !== 'string') throw unknownName('TENANTRY_SESSION_UNKNOWN', name);
  const sessions = live.all();
  const exact = sessions.find(({ id }) => id === name);
  if (exact !== undefined) return exact;
  const isLong = name.length >= SHORTEST_SESSION_PREFIX;
  const alike = isLong ? sessions.filter(({ id }) => id.startsWith(name)) : [];
  if (alike.length === 1) return alike[0]!;
  throw unknownName('TENANTRY_SESSION_UNKNOWN', name, alike.length);
}

export function unknownName(
  code: 'TENANTRY_TENANT_UNKNOWN' | 'TENANTRY_SESSION_UNKNOWN',
  name: string,
  alikeCount = 0,
): TenantryError {
  const what = code === 'TENANTRY_TENANT_UNKNOWN' ? 'tenant' : 'session';
  const why = alikeCount > 1 ? `${alikeCount} begin with it: give more of the id` : 'none is known';
  return new TenantryError(code, `${what} ${shown(name)}: ${why}`, {
    details: { received: shown(name) },
  });
}
