import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { registerSecretsOf } from '../../src/secrets/known-secrets.js';
import { maskLine } from '../../src/secrets/mask-line.js';
import { maskText } from '../../src/secrets/mask-text.js';
import { maskValue } from '../../src/secrets/mask-value.js';

const SECRET = 'value-of-a-secret';
const NAMES = [
  'password',
  'PASSWORD',
  'dbPassword',
  'Secret',
  'client_secret',
  'token',
  'accessToken',
  'refresh-token',
  'Authorization',
  'proxy-authorization',
  'Cookie',
  'set-cookie',
  'apiKey',
  'API_KEY',
  'x-api-key',
  'pwd',
  'privateKey',
  'AWS_SECRET_ACCESS_KEY',
  'credentials',
  'jwt',
  'auth',
  'pass',
  'passphrase',
];

describe('by name', () => {
  test.each(NAMES)('%s at any depth', (name) => {
    for (const value of [SECRET, { inner: SECRET }, [SECRET], new Map([['x', SECRET]])]) {
      const given = { a: [{ b: { [name]: value, kept: 'kept' } }] };
      expect(maskValue(given)).toEqual({ a: [{ b: { [name]: '[masked]', kept: 'kept' } }] });
    }
  });

  test('not what only sounds like one', () => {
    const given = {
      maxTokens: 4_096,
      tokenizer: 'cl100k',
      token: 12,
      tokenCount: 3,
      author: 'Ann',
      key: 'k',
      pin: 'process',
      hasPassword: true,
      secretsDir: '/run/x',
      keyFile: '/etc/key',
      session: 'e3b0c442',
      passed: 'all',
    };
    expect(maskValue(given)).toEqual(given);
  });

  test('a password may be a number', () => {
    expect(maskValue({ password: 123_456 })).toEqual({ password: '[masked]' });
  });

  test('a name that stands before its value', () => {
    expect(maskValue(['Host', 'a', 'Authorization', SECRET, 'b'])).toEqual([
      'Host',
      'a',
      'Authorization',
      '[masked]',
      'b',
    ]);
    expect(maskValue(['--token', SECRET])).toEqual(['--token', '[masked]']);
    expect(maskValue({ name: 'Cookie', value: SECRET })).toEqual({
      name: 'Cookie',
      value: '[masked]',
    });
  });
});

describe('errors', () => {
  test('keep type, message, stack, code and causes, and nothing a library has hung on them', () => {
    const inner = Object.assign(new Error('upstream said password=hunter2'), { code: 'E_UP' });
    const outer = Object.assign(new TypeError('failed', { cause: inner }), {
      config: { headers: { authorization: SECRET } },
      request: SECRET,
    });
    const shown = maskValue({ err: outer }) as { err: Record<string, unknown> };
    expect(Object.keys(shown.err)).toEqual(['type', 'message', 'stack', 'cause']);
    expect(shown.err).toMatchObject({
      type: 'TypeError',
      cause: { message: 'upstream said password=[masked]', code: 'E_UP' },
    });
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|value-of-a-secret/);
  });

  test('that are their own cause end', () => {
    const error = new Error('round');
    error.cause = error;
    expect(maskValue(error)).toMatchObject({ message: 'round', cause: '[circular]' });
  });
});

test('cycles, getters that throw, depth and size end in words', () => {
  const round: Record<string, unknown> = {};
  round['self'] = round;
  expect(maskValue(round)).toEqual({ self: '[circular]' });
  const throwing = {
    get a(): never {
      throw new Error('no');
    },
  };
  expect(maskValue({ throwing })).toEqual({ throwing: '[unreadable]' });
  let deep: unknown = SECRET;
  for (let level = 0; level < 100_000; level += 1) deep = { deep };
  expect(JSON.stringify(maskValue(deep))).toContain('[too deep]');
  const wide = Array.from({ length: 1_000_000 }, (_, index) => index);
  expect((maskValue(wide) as unknown[]).at(-1)).toBe('[too large]');
  expect(maskValue({ bytes: Buffer.from(SECRET) })).toEqual({ bytes: '[17 bytes]' });
  const hostile = JSON.parse('{"__proto__":{"polluted":1}}') as object;
  maskValue(hostile);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('what stands under a secret name in a config is found anywhere afterwards', () => {
  registerSecretsOf({
    region: 'eu-central-1',
    llm: { apiKey: 'plain-looking-1' },
    secrets: ['other-looking-2'],
  });
  expect(maskText('refused plain-looking-1 and other-looking-2 in eu-central-1')).toBe(
    'refused [masked] and [masked] in eu-central-1',
  );
});

test('a line is masked as the value it stands for', () => {
  const secretive = fc.record(
    { name: fc.constantFrom(...NAMES), value: fc.string({ minLength: 1 }), other: fc.jsonValue() },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(secretive, ({ name, value, other }) => {
      const given: unknown = JSON.parse(JSON.stringify({ other, [name]: value }));
      expect(JSON.parse(maskLine(JSON.stringify(given)))).toEqual(maskValue(given));
    }),
  );
});
