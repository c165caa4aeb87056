/** What the claims of a checked token mean here. Whether they can be believed is left to `token-credential.ts`. */
import { createHash } from 'node:crypto';
import { isTenantId } from '@tenantry/core/internal/host';
import { ROLES, SCOPES, usualScopes, type Identity, type Role, type Scope } from './identity.js';
import type { Claim, JwtOptions } from './jwt-options.js';
import { unauthorized, type RefusalReason } from './refused.js';

type Claims = Readonly<Record<string, unknown>>;

/** A subject as it may stand in a log and in a table. */
const PLAIN_SUBJECT = /^[\w.@|:/+=-]{1,128}$/;
const DIGITS_OF_SUBJECT = 16;

/** @throws TENANTRY_UNAUTHORIZED */
export function identityOfClaims(claims: Claims, options: JwtOptions): Identity {
  const { tenantClaim, defaultRole, scopeClaim } = options;
  const role = roleOf(claims, options) ?? defaultRole;
  if (role === null) throw unauthorized('role');
  // One that is there and wrong must not mean any tenant; issuers write null for one that is not set.
  const tenant = valueAt(claims, tenantClaim);
  if (tenant === undefined ? role === 'tenant' : !isTenantId(tenant)) throw unauthorized('tenant');
  const scopes =
    scopeClaim === undefined ? usualScopes(role) : scopesOf(valueAt(claims, scopeClaim));
  return {
    kind: 'jwt',
    id: `jwt:${subjectOf(claims)}`,
    tenant: (tenant as string | undefined) ?? null,
    role,
    scopes: new Set(scopes),
  };
}

/** The highest of the roles that are known. */
function roleOf(claims: Claims, { roleClaim, roles }: JwtOptions): Role | undefined {
  const named = wordsOf(valueAt(claims, roleClaim), 'role');
  const known = named.filter((name) => Object.hasOwn(roles, name)).map((name) => roles[name]!);
  return ROLES.findLast((role) => known.includes(role));
}

function scopesOf(value: unknown): readonly Scope[] {
  const named = wordsOf(value, 'claims');
  return SCOPES.filter((scope) => named.includes(scope));
}

function subjectOf({ sub }: Claims): string {
  if (typeof sub !== 'string' || sub === '') throw unauthorized('claims');
  if (PLAIN_SUBJECT.test(sub)) return sub;
  return `sha256-${createHash('sha256').update(sub).digest('hex').slice(0, DIGITS_OF_SUBJECT)}`;
}

/**
 * The words of an array of texts, or of a text with blanks between; none where there is no claim.
 * @throws TENANTRY_UNAUTHORIZED for anything else
 */
function wordsOf(value: unknown, reason: RefusalReason): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  throw unauthorized(reason);
}

/** Undefined where it is not there; null, which no claim may be, where something on the way is no object. */
function valueAt(claims: Claims, claim: Claim): unknown {
  let value: unknown = claims;
  for (const name of typeof claim === 'string' ? [claim] : claim) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Claims)[name];
  }
  return value;
}
