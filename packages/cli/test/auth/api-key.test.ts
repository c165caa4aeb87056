import { describe, expect, test } from '@jest/globals';
import { digestOf, idWithin, isKeyId, makeKey } from '../../src/auth/api-key.js';

describe('an API key', () => {
  test('has a public id, 256 random bits, and a digest of the whole', () => {
    const { id, text, digest } = makeKey();
    expect(text).toMatch(/^tk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(idWithin(text)).toBe(id);
    expect(isKeyId(id)).toBe(true);
    expect(Buffer.from(text.slice(20), 'base64url')).toHaveLength(32);
    expect(digest).toEqual(digestOf(text));
    expect(digest).toHaveLength(32);
  });

  test('is never the same twice', () => {
    const keys = Array.from({ length: 500 }, makeKey);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(500);
    expect(new Set(keys.map(({ text }) => text.slice(20))).size).toBe(500);
  });

  test.each(['', 'tk_', `tk_${'a'.repeat(16)}`, `tk_${'a'.repeat(16)}_${'b'.repeat(42)}`])(
    '%j has no id within it',
    (text) => {
      expect(idWithin(text)).toBeUndefined();
    },
  );
});
