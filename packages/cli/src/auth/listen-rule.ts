/** Where a service may listen that asks nobody who they are. Listening is left to the service. */
import { TenantryError, shown } from '@tenantry/core/internal';
import { isLoopback } from './address.js';

/**
 * `host` is a name or an address; the empty one means every address.
 * @throws TENANTRY_AUTH_REQUIRED when others can reach it and no authentication is configured
 */
export function checkListenHost(host: string, hasAuthentication: boolean): void {
  if (hasAuthentication || isLoopback(host)) return;
  throw new TenantryError(
    'TENANTRY_AUTH_REQUIRED',
    `host ${shown(host)}: others can reach it, and no authentication is configured; ` +
      'make a key with `tenantry keys create`, configure auth.jwt, or listen on 127.0.0.1',
    { details: { host: shown(host) } },
  );
}
