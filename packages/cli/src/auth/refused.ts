/**
 * What a refused credential is answered with. Nothing of the credential is in it, nor a cause: the errors
 * of the token library hold the claims.
 */
import type { TenantryError } from '@tenantry/core';
import { withoutStack } from '@tenantry/core/internal/host';

const WHY = {
  'no-credential': 'no key or token was shown',
  'not-accepted': 'it is no credential that this service accepts',
  'too-long': 'it is longer than any key or token',
  'unknown-key': 'there is no such key',
  revoked: 'the key was taken back',
  malformed: 'the token cannot be read',
  algorithm: 'the token is signed with an algorithm that is not allowed',
  key: 'the token is signed with none of the keys of its issuer',
  signature: "the token's signature is wrong",
  issuer: 'the token is of another issuer',
  audience: 'the token is for another audience',
  'not-yet-valid': 'the token is not valid yet',
  claims: 'a claim that is needed is missing or wrong',
  tenant: 'the token names no tenant, or none of the spelling of one',
  role: 'the token has no role that is known here',
} as const;

export type RefusalReason = keyof typeof WHY;

type Facts = Readonly<Record<string, unknown>>;

/** TENANTRY_UNAUTHORIZED, with the reason in `details.reason`. */
export function unauthorized(reason: RefusalReason, facts: Facts = {}): TenantryError {
  return withoutStack('TENANTRY_UNAUTHORIZED', `not authorized: ${WHY[reason]}`, {
    details: { reason, ...facts },
  });
}

/** TENANTRY_TOKEN_EXPIRED */
export function expired(facts: Facts = {}): TenantryError {
  return withoutStack(
    'TENANTRY_TOKEN_EXPIRED',
    'not authorized: the time of the key or token is over',
    {
      details: { reason: 'expired', ...facts },
    },
  );
}

/** TENANTRY_RATE_LIMITED, for whoever keeps showing bad credentials. */
export function slowedDown(retryAfterMs: number): TenantryError {
  return withoutStack(
    'TENANTRY_RATE_LIMITED',
    `not authorized, for the latest of several times: the next try in ${retryAfterMs} ms`,
    { retryAfterMs, details: { reason: 'bad-credentials', retryAfterMs } },
  );
}
