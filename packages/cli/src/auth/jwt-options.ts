/** Which tokens are believed, and what their claims mean here. Parsed once, with the other options. */
import { z } from 'zod';
import { isLoopback } from './address.js';
import { ROLES } from './identity.js';

/** Asymmetric ones only: a shared secret would let whoever checks a token also make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** A claim by name, or by the names on the way to it: `['realm_access', 'roles']`. */
const Claim = z.union([
  z.string().min(1).max(200),
  z.array(z.string().min(1).max(200)).min(1).max(8),
]);
export type Claim = Readonly<z.output<typeof Claim>>;

/** `d`, `k` and what belongs to them are what only the issuer may have. */
const PublicJwk = z
  .looseObject({ kty: z.string() })
  .refine(({ kty, d, k }) => kty !== 'oct' && d === undefined && k === undefined, {
    message: 'is no public key',
  });

const JwksUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname, username, password } = new URL(text);
  const isSafe = protocol === 'https:' || isLoopback(hostname);
  return isSafe && username === '' && password === '';
}, 'expected https, or http on this machine, and no password in it');

export const JwtOptions = z
  .strictObject({
    /** Where the issuer publishes its public keys. Either this or `jwks`. */
    jwksUrl: JwksUrl.optional(),
    /** Its public keys themselves. */
    jwks: z.strictObject({ keys: z.array(PublicJwk).min(1).max(100) }).optional(),
    /** What `iss` has to be. */
    issuer: z.string().min(1).max(500),
    /** What `aud` has to be, or to name. */
    audience: z.union([z.string().min(1).max(500), z.array(z.string().min(1).max(500)).min(1)]),
    /** The algorithms a token may be signed with; no others, whatever it says itself. */
    algorithms: z.array(z.enum(ALGORITHMS)).min(1).default(['RS256', 'ES256', 'EdDSA', 'Ed25519']),
    /** How far the issuer's clock may be from this one. */
    clockToleranceMs: z.int().min(0).max(300_000).default(5_000),
    /** The claim that names the tenant. */
    tenantClaim: Claim.prefault('tenant'),
    /** The claim that has the role, or several of them: the highest known one counts. */
    roleClaim: Claim.prefault('role'),
    /** Which of the issuer's roles is which of ours; those of the same name where it is left out. */
    roles: z
      .record(z.string().min(1).max(200), z.enum(ROLES))
      .prefault(Object.fromEntries(ROLES.map((role) => [role, role]))),
    /** The role of a token without any that is known; null: it is refused. */
    defaultRole: z.enum(ROLES).nullable().default('tenant'),
    /** The claim that has the scopes, as an array or with blanks between; those of the role without it. */
    scopeClaim: Claim.optional(),
    /** For how long fetched keys are used. */
    jwksCacheMs: z.int().min(1_000).max(86_400_000).default(600_000),
    /** For how long they are used on while the issuer cannot be reached. */
    jwksStaleMs: z.int().min(0).max(604_800_000).default(3_600_000),
    /** At most once in this time is it asked for a key that it has not had. */
    jwksCooldownMs: z.int().min(100).max(3_600_000).default(30_000),
    /** After a failure it is not asked again for so long. */
    jwksRetryMs: z.int().min(100).max(3_600_000).default(5_000),
    /** How long it may take to answer. */
    jwksTimeoutMs: z.int().min(10).max(60_000).default(5_000),
  })
  .refine(
    ({ jwksUrl, jwks }) => (jwksUrl === undefined) !== (jwks === undefined),
    'expected either jwksUrl or jwks',
  );
export type JwtOptions = Readonly<z.output<typeof JwtOptions>>;
