/** All options of the room, joined; each schema stands in the file that uses it. */
import { invalid } from '@tenantry/core/internal/host';
import { z } from 'zod';
import { BadCredentialOptions } from './bad-credentials.js';
import { JwtOptions } from './jwt-options.js';
import { RouteLimitOptions } from './route-limits.js';

export const AuthOptions = z.strictObject({
  /** Tokens of an issuer, beside API keys. */
  jwt: JwtOptions.optional(),
  /** How those who keep showing bad credentials are slowed down. */
  badCredentials: BadCredentialOptions.prefault({}),
  /** How often a caller may ask for each route. */
  routeLimits: RouteLimitOptions.prefault({}),
  /** How long a change of the API keys may go unnoticed. */
  keysRefreshMs: z.int().min(10).max(60_000).default(500),
});
export type AuthOptions = Readonly<z.output<typeof AuthOptions>>;

/** @throws TENANTRY_OPTIONS_INVALID */
export function parseAuthOptions(input: unknown): AuthOptions {
  const parsed = AuthOptions.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  // Without what was received: a private key may stand where a public one is expected.
  throw invalid('auth', parsed.error);
}
