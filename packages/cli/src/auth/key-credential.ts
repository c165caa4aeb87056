/** Whether a key that was shown is one of ours, and whose. Where the keys come from is left to `live-keys.ts`. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { digestOf, idWithin } from './api-key.js';
import type { Identity } from './identity.js';
import { keyState } from './key-record.js';
import type { KeysById } from './live-keys.js';
import { expired, unauthorized } from './refused.js';

/** Compared with where there is no such key, so that an unknown id takes as long as a wrong secret. */
const NOBODYS_DIGEST = randomBytes(32);

/**
 * @throws TENANTRY_UNAUTHORIZED when it is none of them, or was taken back
 * @throws TENANTRY_TOKEN_EXPIRED when its time is over
 */
export function identityOfKey(keys: KeysById, credential: string, epochMs: number): Identity {
  const key = keys.get(idWithin(credential) ?? '');
  const isSame = timingSafeEqual(digestOf(credential), key?.digest ?? NOBODYS_DIGEST);
  if (key === undefined || !isSame) throw unauthorized('unknown-key');
  // Only whoever has the secret is told more.
  const { id, tenant, role, scopes } = key.record;
  const state = keyState(key.record, epochMs);
  if (state === 'revoked') throw unauthorized('revoked', { key: id });
  if (state === 'expired') throw expired({ key: id });
  return { kind: 'key', id: `key:${id}`, tenant, role, scopes: new Set(scopes) };
}
