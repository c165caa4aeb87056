/**
 * What an API key looks like: `tk_<id>_<secret>`. The id is public and finds the record, the secret is
 * 256 random bits; only a digest of the whole is ever kept. A slow hash would add nothing: nobody
 * guesses 256 bits, and each request would pay for it.
 */
import { createHash, randomBytes } from 'node:crypto';

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const KEY = /^tk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const ID = /^[0-9a-f]{16}$/;

export interface NewKey {
  readonly id: string;
  /** The key itself. Shown once, kept nowhere. */
  readonly text: string;
  readonly digest: Buffer;
}

export function makeKey(): NewKey {
  const id = randomBytes(ID_BYTES).toString('hex');
  const text = `tk_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, text, digest: digestOf(text) };
}

export function isKeyId(text: string): boolean {
  return ID.test(text);
}

/** Whether it claims to be a key, also where it is none. */
export function looksLikeKey(credential: string): boolean {
  return credential.startsWith('tk_');
}

/** The id within a key; undefined where it has not the form of one. */
export function idWithin(credential: string): string | undefined {
  return KEY.exec(credential)?.[1];
}

export function digestOf(credential: string): Buffer {
  return createHash('sha256').update(credential).digest();
}
