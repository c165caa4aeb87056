/**
 * PORT: who a request is of. The one implementation asks the API keys and the tokens that are
 * configured, and slows down whoever keeps showing bad credentials. What an identity may do is left to
 * `authorize.ts`, taking a credential out of a request to the gateway.
 */
import { codeOf, type TenantryError } from '@tenantry/core';
import type { Clock, Log } from '@tenantry/core/internal';
import { callerOfAddress, isLoopback } from './address.js';
import { idWithin, looksLikeKey } from './api-key.js';
import type { AuthOptions } from './auth-options.js';
import { BadCredentials } from './bad-credentials.js';
import type { OnDecision } from './decision.js';
import { LOCAL, type Identity } from './identity.js';
import type { Fetch } from './issuer-keys.js';
import { identityOfKey } from './key-credential.js';
import { keyFileIn } from './key-file.js';
import { LiveKeys } from './live-keys.js';
import { slowedDown, unauthorized } from './refused.js';
import { tokenCredentials, type IdentifyToken } from './token-credential.js';

export interface ShownCredential {
  /** A key or a token, already taken out of its header; undefined: none was shown. */
  readonly credential: string | undefined;
  /** The address of whoever connected. */
  readonly address: string;
}

export interface Authenticator {
  /**
   * @throws TENANTRY_UNAUTHORIZED; TENANTRY_TOKEN_EXPIRED; TENANTRY_RATE_LIMITED when it is bad, as the
   *   ones before it were; TENANTRY_AUTH_UNAVAILABLE. None of them has anything of the credential.
   */
  identify(request: ShownCredential): Promise<Identity>;
}

export interface AuthenticatorParts {
  /** Where `keys.json` may be; undefined: no API keys. */
  readonly stateDir: string | undefined;
  readonly options: AuthOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDecision?: OnDecision;
  readonly fetch?: Fetch;
}

/** Longer than any header that Node lets in would be pointless; nothing longer is hashed or parsed. */
const LONGEST_CREDENTIAL = 8_192;

/** @throws TENANTRY_STATE_* when there is a file of keys, and it cannot be read */
export async function createAuthenticator(
  parts: AuthenticatorParts,
): Promise<ServiceAuthenticator> {
  const { stateDir, options, clock, log, fetch = globalThis.fetch } = parts;
  const keys =
    stateDir === undefined
      ? undefined
      : await LiveKeys.open({
          file: keyFileIn(stateDir),
          refreshMs: options.keysRefreshMs,
          clock,
          log,
        });
  const identifyToken =
    options.jwt === undefined ? undefined : await tokenCredentials(options.jwt, { clock, fetch });
  return new ServiceAuthenticator(parts, keys, identifyToken);
}

export class ServiceAuthenticator implements Authenticator {
  readonly #clock: Clock;
  readonly #onDecision: OnDecision;
  readonly #keys: LiveKeys | undefined;
  readonly #identifyToken: IdentifyToken | undefined;
  readonly #bad: BadCredentials;
  #isOpen: boolean;

  constructor(
    { options, clock, onDecision = () => {} }: AuthenticatorParts,
    keys: LiveKeys | undefined,
    identifyToken: IdentifyToken | undefined,
  ) {
    this.#clock = clock;
    this.#onDecision = onDecision;
    this.#keys = keys;
    this.#identifyToken = identifyToken;
    this.#bad = new BadCredentials(options.badCredentials, clock);
    this.#isOpen = identifyToken === undefined && keys?.isPresent !== true;
  }

  /**
   * Whether a credential is needed at all. Once it is, it stays so: keys that are made later count at
   * once, and a file of keys that is removed opens nothing.
   */
  get isRequired(): boolean {
    return !this.#isOpen;
  }

  /** Why the file of keys that stands there is not the one that counts; null while it is. */
  get problem(): TenantryError | null {
    return this.#keys?.problem ?? null;
  }

  async identify({ credential, address }: ShownCredential): Promise<Identity> {
    const keys = await this.#keys?.current();
    if (this.#isOpen && this.#keys?.isPresent === true) this.#isOpen = false;
    if (this.#isOpen && isLoopback(address)) return LOCAL;
    // Showing none is no guess: it is not counted.
    if (credential === undefined || credential === '') throw unauthorized('no-credential');
    try {
      if (credential.length > LONGEST_CREDENTIAL) throw unauthorized('too-long');
      if (looksLikeKey(credential))
        return identityOfKey(keys ?? new Map(), credential, this.#clock.epochMs());
      if (this.#identifyToken === undefined) throw unauthorized('not-accepted');
      return await this.#identifyToken(credential);
    } catch (error) {
      throw this.#answer(error as TenantryError, credential, address);
    }
  }

  #answer(error: TenantryError, credential: string, address: string): TenantryError {
    if (codeOf(error) !== 'TENANTRY_UNAUTHORIZED' && codeOf(error) !== 'TENANTRY_TOKEN_EXPIRED')
      return error;
    const callers = [callerOfAddress(address)];
    const keyId = credential.length > LONGEST_CREDENTIAL ? undefined : idWithin(credential);
    if (keyId !== undefined) callers.push(`key:${keyId}`);
    const retryAfterMs = this.#bad.take(callers);
    if (retryAfterMs > 0) return slowedDown(retryAfterMs);
    this.#onDecision({
      outcome: 'refused',
      route: null,
      identity: null,
      tenant: null,
      address,
      code: error.code,
      reason: String(error.details['reason']),
    });
    return error;
  }
}
