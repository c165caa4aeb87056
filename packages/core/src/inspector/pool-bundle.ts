/** What an incident bundle is asked with and what is answered. Making one is left to the observer. */
import { TenantryError } from '../errors/errors.js';

/** What a pool's `bundle()` is asked with. */
export interface BundleOptions {
  /** Whose events, logs and records it is to hold; left out: the pool as a whole. */
  readonly tenant?: string | undefined;
}

/** A bundle that has been written. */
export interface PoolBundle {
  /** Absolute path, in the folder `bundles` of the pool's `stateDir`. */
  readonly file: string;
  readonly tenant: string | null;
  /** Wall clock, ms since 1970. */
  readonly createdAtMs: number;
  readonly sizeBytes: number;
  /** Parts that are not there, or not whole, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** Longest that whoever asks waits: for others' bundles, the profile, and the disk. */
export const BUNDLE_DEADLINE_MS = 30_000;

/**
 * A bundle out of what came over a socket.
 * @throws TENANTRY_INSPECTOR_REPLY_INVALID
 */
export function parsePoolBundle(value: unknown): PoolBundle {
  const { file, tenant, createdAtMs, sizeBytes, leftOut } = (value ?? {}) as Record<
    string,
    unknown
  >;
  const isRight =
    typeof file === 'string' &&
    (tenant === null || typeof tenant === 'string') &&
    [createdAtMs, sizeBytes].every((number) => typeof number === 'number') &&
    Array.isArray(leftOut) &&
    leftOut.every(({ name, why }) => typeof name === 'string' && typeof why === 'string');
  if (isRight) return value as PoolBundle;
  throw new TenantryError('TENANTRY_INSPECTOR_REPLY_INVALID', 'the reply is no bundle');
}
