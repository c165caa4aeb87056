/** From a request to whoever may make it: identified, allowed, within its limits. */
import type { IncomingMessage } from 'node:http';
import { TenantryError, codeOf } from '@tenantry/core';
import { checkAccess } from './access.js';
import { credentialsOf } from './credential.js';
import type { GatewayParts, Identity, RouteName, RouteOutcome } from './ports.js';
import type { Access } from './route.js';

export type Headers = Record<string, string>;

interface Asked {
  readonly request: IncomingMessage;
  readonly route: RouteName;
  readonly access: Access;
  /** Filled with what the answer says of the limits, also when it is refused. */
  readonly headers: Headers;
  /** Of whom a ticket says who it is. */
  readonly known?: Identity | undefined;
}

type Parts = Pick<GatewayParts, 'authenticator' | 'limits'>;

/**
 * Undefined on a public route.
 * @throws TENANTRY_UNAUTHORIZED, TENANTRY_TOKEN_EXPIRED, TENANTRY_FORBIDDEN, TENANTRY_RATE_LIMITED
 */
export async function admit(
  { authenticator, limits }: Parts,
  { request, route, access, headers, known }: Asked,
): Promise<Identity | undefined> {
  const address = request.socket.remoteAddress ?? '';
  let identity = known;
  if (access.kind !== 'public') {
    const { credential } = credentialsOf(request);
    identity ??= await authenticator.identify({ credential, address });
    checkAccess(access, identity);
  }
  const taken = limits?.take(route, identity?.id ?? address);
  if (taken === undefined) return identity;
  headers['ratelimit-limit'] = `${taken.limit}`;
  headers['ratelimit-remaining'] = `${taken.remaining}`;
  headers['ratelimit-reset'] = `${Math.ceil(taken.resetMs / 1_000)}`;
  if (taken.allowed) return identity;
  throw new TenantryError('TENANTRY_RATE_LIMITED', `${route}: at most ${taken.limit} requests`, {
    retryAfterMs: taken.retryAfterMs,
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
