/** From a request to whoever makes it: known, and within its limits. What it may do is left to `auth/`. */
import type { IncomingMessage } from 'node:http';
import { TenantryError, codeOf } from '@tenantry/core';
import { callerOfAddress } from '../auth/address.js';
import { LOCAL, type Identity } from '../auth/identity.js';
import type { RouteOutcome } from '../auth/route-counters.js';
import { rateLimitHeaders } from '../auth/route-limits.js';
import { ROUTE_NEEDS, type RouteName } from '../auth/routes.js';
import { credentialsOf } from './credential.js';
import type { GatewayOptions } from './gateway-options.js';
import { checkLocalHost } from './origin-guard.js';
import type { GatewayParts } from './ports.js';

export type Headers = Record<string, string>;

export interface AdmitParts extends Pick<GatewayParts, 'authenticator' | 'limits'> {
  readonly options: GatewayOptions;
}

/**
 * Whose credential the request carries, by now.
 * @throws TENANTRY_UNAUTHORIZED, TENANTRY_TOKEN_EXPIRED, TENANTRY_RATE_LIMITED,
 *   TENANTRY_AUTH_UNAVAILABLE
 */
export function whoseCredential(
  { authenticator }: Pick<AdmitParts, 'authenticator'>,
  request: IncomingMessage,
): Promise<Identity> {
  const { credential } = credentialsOf(request);
  return authenticator.identify({ credential, address: request.socket.remoteAddress ?? '' });
}

/**
 * Who it is; `LOCAL` on a route for everybody. What the answer says of limits is put into `headers`.
 * @throws TENANTRY_UNAUTHORIZED, TENANTRY_TOKEN_EXPIRED, TENANTRY_RATE_LIMITED,
 *   TENANTRY_AUTH_UNAVAILABLE, TENANTRY_ORIGIN_REFUSED
 */
export async function identified(
  parts: AdmitParts,
  route: RouteName,
  request: IncomingMessage,
  headers: Headers,
): Promise<Identity> {
  const { limits, options } = parts;
  const isOpen = ROUTE_NEEDS[route] === null;
  const identity = isOpen ? LOCAL : await whoseCredential(parts, request);
  if (!isOpen && identity.kind === 'local') checkLocalHost(request, options);
  const verdict = limits?.take(
    route,
    isOpen ? callerOfAddress(request.socket.remoteAddress ?? '') : identity.id,
  );
  if (verdict === undefined) return identity;
  Object.assign(headers, rateLimitHeaders(verdict));
  if (verdict.allowed) return identity;
  throw new TenantryError('TENANTRY_RATE_LIMITED', `${route}: too many requests`, {
    retryAfterMs: verdict.retryAfterMs,
  });
}

/** What the counters call a request that ended like this. */
export function outcomeOf(error: unknown): RouteOutcome {
  switch (codeOf(error)) {
    case 'TENANTRY_UNAUTHORIZED':
    case 'TENANTRY_TOKEN_EXPIRED':
      return 'unauthorized';
    case 'TENANTRY_FORBIDDEN':
    case 'TENANTRY_ORIGIN_REFUSED':
      return 'forbidden';
    case 'TENANTRY_RATE_LIMITED':
      return 'rate-limited';
    default:
      return 'failed';
  }
}
