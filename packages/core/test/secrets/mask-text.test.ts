import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { registerSecret } from '../../src/secrets/known-secrets.js';
import { maskLine } from '../../src/secrets/mask-line.js';
import { maskText } from '../../src/secrets/mask-text.js';

// Put together here, so that no scanner takes this file for a leak.
const joined = (...parts: readonly string[]): string => parts.join('');
const LETTERS = 'Zq7Xw2Lk9Bv4Tn8Rm3Hd6Ys1Jc5Gf0PpAeUi';
const SECRETS: Readonly<Record<string, string>> = {
  'our own key': joined('tk_', 'a1b2c3d4', '_', LETTERS, 'QwErTy123456'),
  'a JSON web token': joined('eyJ', 'hbGciOiJIUzI1NiJ9', '.eyJ', 'zdWIiOiIxIn0', '.', LETTERS),
  'an AWS key': joined('AKIA', 'ABCDEFGH12345678'),
  'a GitHub token': joined('ghp_', LETTERS),
  'a fine-grained GitHub token': joined('github_pat_', LETTERS),
  'a Slack token': joined('xoxb-', '123456789012-', LETTERS),
  'an OpenAI key': joined('sk-', 'proj-', LETTERS),
  'an Anthropic key': joined('sk-', 'ant-api03-', LETTERS),
  'a Stripe key': joined('sk_live_', LETTERS),
  'a Google key': joined('AIza', LETTERS),
  'an npm token': joined('npm_', LETTERS),
};

describe('what looks like a secret', () => {
  test.each(Object.entries(SECRETS))('%s is masked wherever it stands', (_what, secret) => {
    for (const text of [
      secret,
      `got ${secret}.`,
      `"${secret}"`,
      `x=${secret}&y=1`,
      `(${secret})`,
    ]) {
      const masked = maskText(text);
      expect(masked).toContain('[masked]');
      expect(masked).not.toContain(secret.slice(-16));
    }
  });

  test('of our own key the public part stays', () => {
    expect(maskText(`key ${SECRETS['our own key']}`)).toBe('key tk_a1b2c3d4_[masked]');
  });

  test('a private key goes whole, also one that was cut off', () => {
    const begin = joined('-----BEGIN RSA PRIVATE', ' KEY-----');
    const end = joined('-----END RSA PRIVATE', ' KEY-----');
    expect(maskText(`a ${begin}\nMIIE\nabc\n${end} b`)).toBe('a [masked] b');
    expect(maskText(`a ${begin}\\nMIIEabc`)).toBe('a [masked]');
  });

  test.each([
    ['postgres://app:hunter2@db:5432/x', 'postgres://app:[masked]@db:5432/x'],
    ['redis://:p@ss@cache/0', 'redis://:[masked]@cache/0'],
    ['Authorization: Bearer abcdefgh12', 'Authorization: [masked]'],
    ['sent bearer abcdefgh12 twice', 'sent bearer [masked] twice'],
    ['Basic dXNlcjpwYXNz', 'Basic [masked]'],
    ['Cookie: sid=1; theme=dark\nHost: a', 'Cookie: [masked]\nHost: a'],
    ['password=hunter2 user=ann', 'password=[masked] user=ann'],
    ['PASSWORD = 123456', 'PASSWORD = [masked]'],
    ['?access_token=abc&room=7', '?access_token=[masked]&room=7'],
    ["{ apiKey: 'a b', n: 1 }", "{ apiKey: '[masked]', n: 1 }"],
    ['{"x-api-key":"q\\"uo,te","n":1}', '{"x-api-key":"[masked]","n":1}'],
    ['said {\\"secret\\":\\"abc\\",\\"n\\":1}', 'said {\\"secret\\":\\"[masked]\\",\\"n\\":1}'],
    ['AWS_SECRET_ACCESS_KEY=abc/def+x', 'AWS_SECRET_ACCESS_KEY=[masked]'],
  ])('%s', (text, masked) => {
    // Of quoted values the closing quote goes with the value in some forms; what matters is the rest.
    expect(maskText(text)).toBe(masked);
  });
});

test.each([
  '3f2b8c1e-9d4a-4b7e-8f21-0a1b2c3d4e5f',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '[slow-session] session_id=3f2b8c1e-9d4a-4b7e-8f21-0a1b2c3d4e5f tenant=acme blocked event loop for 320ms at chargeCard (agents/billing.js:42)',
  'at run (file:///srv/agents/token-service.js:12:34)',
  'http://localhost:8080/v1/sessions?since=10m',
  'promptTokens: 4096, maxTokens=128, token_count=5',
  'basic authentication is off',
  "[circuit-breaker] tenant 'X' opened after 5/5 failures; cooldown 30s",
  'config.password: expected string, received undefined',
  'token bucket of tenant acme is empty',
  'passed 12 of 12; author: Ann; keyed store opened; hasPassword=true',
  'risk-assessment-of-the-quarter and task-runner-for-everything',
])('stays as it is: %s', (text) => {
  expect(maskText(text)).toBe(text);
});

test('a registered value is masked whole, also escaped, and the longest of those that begin alike', () => {
  registerSecret('corr"ect horse');
  registerSecret('shared-beginning');
  registerSecret('shared-beginning-and-more');
  registerSecret('short');
  expect(maskText('is corr"ect horse.')).toBe('is [masked].');
  expect(maskText(JSON.stringify('corr"ect horse'))).toBe('"[masked]"');
  expect(maskText('q=corr%22ect%20horse')).toBe('q=[masked]');
  expect(maskText('shared-beginning-and-more shared-beginning shared-begin')).toBe(
    '[masked] [masked] shared-begin',
  );
  expect(maskText('short')).toBe('short');
});

test('whatever surrounds it, a registered value never comes out', () => {
  const canary = 'canary~kept~nowhere';
  registerSecret(canary);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (before, after) => {
      expect(maskText(before + canary + after)).not.toContain(canary);
    }),
  );
});

test('a line of JSON stays JSON, and one without secrets stays as it is to the byte', () => {
  const plain = '{"level":30,  "tenant":"acme","msg":"session started"}\n';
  expect(maskLine(plain)).toBe(plain);
  const line = `${JSON.stringify({ a: { Password: { deep: 1 } }, msg: 'q', n: [1, null] })}\n`;
  expect(maskLine(line)).toBe('{"a":{"Password":"[masked]"},"msg":"q","n":[1,null]}\n');
  expect(maskLine('not json, password=abc\n')).toBe('not json, password=[masked]\n');
});

/** A megabyte of what each pattern begins with. Quadratic time would be minutes. */
const HOSTILE = [
  'eyJ',
  'eyJaaaaaaaa.',
  '://a:',
  '://',
  'sk-',
  'sk-aaaaaaaaaaaaaaaa',
  'AKIA',
  'ghp_',
  'tk_aa_',
  'SG.',
  'xoxb-',
  'bearer ',
  'Bearer aaaaaaaa',
  'basic aaaa ',
  'password=',
  'password="',
  "secret='\\",
  'token\\"',
  'token  ',
  'passwordpassword',
  'cookie: ',
  'authorization',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY----------END ',
  '\\',
  '"\\',
  'api-',
  'a',
  '=',
  'hooks.slack.com/services/',
  'shared-beginning',
  'shared-b',
];

test('takes linear time in a hostile megabyte', () => {
  for (const piece of HOSTILE) {
    const text = piece.repeat(Math.ceil(1_048_576 / piece.length));
    const before = process.cpuUsage();
    maskText(text);
    const { user, system } = process.cpuUsage(before);
    expect({ piece, isQuick: user + system < 4_000_000 }).toEqual({
      piece,
      isQuick: true,
    });
  }
});
