/** Whether a caller may use a route, and whose sessions it may see. Who it is is left to `auth/`. */
import { TenantryError } from '@tenantry/core';
import { shown } from '@tenantry/core/internal';
import type { Identity, Role } from './ports.js';
import type { Access } from './route.js';

const ADMIN_ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/** @throws TENANTRY_FORBIDDEN */
export function checkAccess(access: Access, identity: Identity): void {
  switch (access.kind) {
    case 'public':
    case 'known':
      return;
    case 'scope':
      if (!identity.scopes.has(access.scope)) throw forbidden(`scope "${access.scope}" is needed`);
      return;
    case 'role': {
      const isRanked = ADMIN_ROLES.indexOf(identity.role) >= ADMIN_ROLES.indexOf(access.role);
      if (!identity.scopes.has('admin') || !isRanked) {
        throw forbidden(`role "${access.role}" and scope "admin" are needed`);
      }
      if (identity.tenant !== null) throw forbidden('these routes are about all tenants');
    }
  }
}

/** The tenant of a request that may name one. @throws TENANTRY_FORBIDDEN */
export function tenantFor(identity: Identity, named: string | undefined): string | undefined {
  if (identity.tenant === null || named === undefined || named === identity.tenant) {
    return identity.tenant ?? named;
  }
  throw forbidden(`tenant ${shown(named)} is not the caller's`);
}

export function mayUse(identity: Identity, tenant: string): boolean {
  return identity.tenant === null || identity.tenant === tenant;
}

function forbidden(why: string): TenantryError {
  return new TenantryError('TENANTRY_FORBIDDEN', why);
}
