/**
 * The public keys of an issuer, fetched when they are needed: kept for a while, fetched anew for a key
 * that is not among them, used on for a while when the issuer cannot be reached. How old they are is
 * counted on the monotonic clock, which the library's own fetching does not: a wall clock set back an
 * hour would hold back new keys for that hour. Checking a token is left to `token-credential.ts`.
 */
import { TenantryError, codeOf } from '@tenantry/core';
import type { Clock } from '@tenantry/core/internal';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { JwtOptions } from './jwt-options.js';

export type Fetch = typeof globalThis.fetch;

type Bounds = Pick<
  JwtOptions,
  'jwksCacheMs' | 'jwksStaleMs' | 'jwksCooldownMs' | 'jwksRetryMs' | 'jwksTimeoutMs'
>;

export interface IssuerKeysParts {
  readonly url: string;
  readonly bounds: Bounds;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** The library's look-up in a set of keys. */
  readonly lookupIn: (jwks: JSONWebKeySet) => JWTVerifyGetKey;
}

interface Held {
  readonly lookup: JWTVerifyGetKey;
  readonly fetchedAtMs: number;
}

const NO_SUCH_KEY = 'ERR_JWKS_NO_MATCHING_KEY';
const MOST_BYTES = 1_048_576;

export class IssuerKeys {
  readonly #parts: IssuerKeysParts;
  #held: Held | undefined;
  #fetching: Promise<Held> | undefined;
  #failed: { readonly why: string; readonly untilMs: number } | undefined;

  constructor(parts: IssuerKeysParts) {
    this.#parts = parts;
  }

  /** For the library's `jwtVerify`. @throws TENANTRY_AUTH_UNAVAILABLE, or what its look-up throws */
  readonly lookup: JWTVerifyGetKey = async (header, token) => {
    const held = await this.#current();
    try {
      return await held.lookup(header, token);
    } catch (error) {
      const ageMs = this.#parts.clock.nowMs() - held.fetchedAtMs;
      if (codeOf(error) !== NO_SUCH_KEY || ageMs < this.#parts.bounds.jwksCooldownMs) throw error;
    }
    const newer = await this.#fetched();
    return newer.lookup(header, token);
  };

  async #current(): Promise<Held> {
    const { clock, bounds } = this.#parts;
    const held = this.#held;
    if (held === undefined) return this.#fetched();
    const isWithin = (mostMs: number): boolean => clock.nowMs() - held.fetchedAtMs < mostMs;
    if (isWithin(bounds.jwksCacheMs)) return held;
    try {
      return await this.#fetched();
    } catch (error) {
      if (isWithin(bounds.jwksCacheMs + bounds.jwksStaleMs)) return held;
      throw error;
    }
  }

  /** One fetch for all that wait for it. */
  #fetched(): Promise<Held> {
    const failed = this.#failed;
    const waitMs = failed === undefined ? 0 : failed.untilMs - this.#parts.clock.nowMs();
    if (failed !== undefined && waitMs > 0) return Promise.reject(unavailable(failed.why, waitMs));
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetch(): Promise<Held> {
    const { clock, bounds, lookupIn } = this.#parts;
    try {
      const jwks = await this.#answer();
      this.#held = { lookup: lookupIn(jwks), fetchedAtMs: clock.nowMs() };
      this.#failed = undefined;
      return this.#held;
    } catch (error) {
      const why = whyOf(error);
      this.#failed = { why, untilMs: clock.nowMs() + bounds.jwksRetryMs };
      throw unavailable(why, bounds.jwksRetryMs);
    }
  }

  async #answer(): Promise<JSONWebKeySet> {
    const { url, fetch, clock, bounds } = this.#parts;
    const stop = new AbortController();
    const timer = clock.after(bounds.jwksTimeoutMs, () => stop.abort(), true);
    try {
      const headers = { accept: 'application/jwk-set+json, application/json' };
      const response = await fetch(url, { headers, redirect: 'error', signal: stop.signal });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Unusable(`it answers with status ${response.status}`);
      }
      return jwksOf(await textOf(response));
    } catch (error) {
      if (stop.signal.aborted) throw new Unusable('it does not answer in time');
      throw error;
    } finally {
      timer.cancel();
    }
  }
}

/** An answer that came and is of no use, in words that are safe to tell. */
class Unusable extends Error {}

function whyOf(error: unknown): string {
  if (error instanceof Unusable) return error.message;
  // What `fetch` throws for whatever happens on the way; the system's code is within.
  const code = codeOf((error as { cause?: unknown }).cause);
  return code === undefined ? 'it cannot be reached' : `it cannot be reached (${code})`;
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response.body ?? []) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > MOST_BYTES) throw new Unusable(`its answer is over ${MOST_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function jwksOf(text: string): JSONWebKeySet {
  try {
    const value = JSON.parse(text) as Partial<JSONWebKeySet> | null;
    if (Array.isArray(value?.keys)) return value as JSONWebKeySet;
  } catch {
    // No JSON, said below.
  }
  throw new Unusable('its answer is no set of keys');
}

function unavailable(why: string, waitMs: number): TenantryError {
  const retryAfterMs = Math.ceil(waitMs);
  return new TenantryError(
    'TENANTRY_AUTH_UNAVAILABLE',
    `the keys of the token's issuer cannot be fetched: ${why}`,
    { retryAfterMs, details: { reason: why, retryAfterMs } },
  );
}
