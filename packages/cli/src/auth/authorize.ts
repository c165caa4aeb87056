/** Holds somebody who is known to the table of routes. Who it is, is left to `authenticator.ts`. */
import { withoutStack } from '@tenantry/core/internal/host';
import type { OnDecision } from './decision.js';
import { isAtLeast, type Identity } from './identity.js';
import { POOL_WIDE_ROLE, ROUTE_NEEDS, type RouteName } from './routes.js';

interface Lack {
  readonly what: 'scope' | 'tenant' | 'role';
  readonly text: string;
  readonly needed: string;
}

/**
 * Whether this identity may use a route. `tenant` is the tenant it is about; null: all of the pool,
 * which only an `admin` may act on; left out where the request names none. An identity of one tenant
 * has to name it on admin routes.
 * @throws TENANTRY_FORBIDDEN, with what is missing in `details`
 */
export function authorize(
  identity: Identity,
  route: RouteName,
  tenant?: string | null,
  onDecision: OnDecision = () => {},
): void {
  const lack = lackOf(identity, route, tenant);
  const told = { route, identity, tenant: tenant ?? null, address: null, reason: null };
  if (lack === undefined) {
    if (route === 'admin.act') onDecision({ ...told, outcome: 'accepted', code: null });
    return;
  }
  onDecision({ ...told, outcome: 'refused', code: 'TENANTRY_FORBIDDEN', reason: lack.what });
  throw withoutStack('TENANTRY_FORBIDDEN', `${route}: ${lack.text}`, {
    details: { route, missing: lack.what, needed: lack.needed, role: identity.role },
  });
}

function lackOf(
  identity: Identity,
  route: RouteName,
  tenant: string | null | undefined,
): Lack | undefined {
  const needs = ROUTE_NEEDS[route];
  if (needs === null) return undefined;
  const { scope } = needs;
  if (!identity.scopes.has(scope))
    return { what: 'scope', needed: scope, text: `it needs the scope "${scope}"` };
  const role = route === 'admin.act' && tenant === null ? POOL_WIDE_ROLE : needs.role;
  if (!isAtLeast(identity.role, role))
    return { what: 'role', needed: role, text: `it needs the role "${role}"` };
  const own = identity.tenant;
  const isNamed = tenant !== undefined || scope === 'admin';
  if (own !== null && isNamed && tenant !== own)
    return { what: 'tenant', needed: 'its own', text: `it is open for tenant "${own}" only` };
  return undefined;
}
