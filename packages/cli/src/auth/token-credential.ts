/**
 * Whether a token that was shown is to be believed, by the library `jose`, which is loaded only where
 * tokens are configured. What its claims mean is left to `claims.ts`.
 */
import { codeOf, isTenantryError, type TenantryError } from '@tenantry/core';
import type { Clock } from '@tenantry/core/internal';
import { identityOfClaims } from './claims.js';
import type { Identity } from './identity.js';
import { IssuerKeys, type Fetch } from './issuer-keys.js';
import type { JwtOptions } from './jwt-options.js';
import { expired, unauthorized, type RefusalReason } from './refused.js';

const MS_PER_S = 1_000;

/**
 * @throws TENANTRY_UNAUTHORIZED with the reason in its details, TENANTRY_TOKEN_EXPIRED,
 *   TENANTRY_AUTH_UNAVAILABLE
 */
export type IdentifyToken = (token: string) => Promise<Identity>;

export async function tokenCredentials(
  options: JwtOptions,
  { clock, fetch }: { readonly clock: Clock; readonly fetch: Fetch },
): Promise<IdentifyToken> {
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const lookup =
    options.jwks === undefined
      ? new IssuerKeys({
          url: options.jwksUrl!,
          bounds: options,
          fetch,
          clock,
          lookupIn: createLocalJWKSet,
        }).lookup
      : createLocalJWKSet(options.jwks);
  const { issuer, audience, algorithms, clockToleranceMs } = options;
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, lookup, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: clockToleranceMs / MS_PER_S,
        currentDate: new Date(clock.epochMs()),
      });
      return identityOfClaims(payload, options);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

const REASONS: Readonly<Record<string, RefusalReason>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JWKS_NO_MATCHING_KEY: 'key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'key',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
};

const CLAIM_REASONS: Readonly<Record<string, RefusalReason>> = {
  iss: 'issuer',
  aud: 'audience',
  nbf: 'not-yet-valid',
};

/** Without what the library threw: the claims are in it. */
function refusalOf(error: unknown): TenantryError {
  if (isTenantryError(error)) return error;
  const code = codeOf(error) ?? '';
  if (code === 'ERR_JWT_EXPIRED') return expired();
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
    const { claim, reason } = error as { readonly claim?: string; readonly reason?: string };
    const isMissing = reason !== 'check_failed';
    return unauthorized((isMissing ? undefined : CLAIM_REASONS[claim ?? '']) ?? 'claims');
  }
  return unauthorized(REASONS[code] ?? 'malformed');
}
