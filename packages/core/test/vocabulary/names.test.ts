import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isAgentName,
  isTenantId,
  parseAgentName,
  parseTenantId,
} from '../../src/vocabulary/names.js';
import { thrownBy } from '../caught.js';

const malformed: readonly (readonly [string, unknown])[] = [
  ['the empty text', ''],
  ['a space', 'a b'],
  ['a dot', 'a.b'],
  ['a slash', '../etc'],
  ['a final new line', 'acme\n'],
  ['an ANSI colour', '\u001b[31macme'],
  ['a right-to-left mark', 'acme\u200f'],
  ['a NUL', 'acme\0'],
  ['a letter that is not ASCII', 'äcme'],
  ['a Cyrillic look-alike', '\u0430cme'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['prototype', 'prototype'],
  ['a number', 7],
  ['an array of one name', ['acme']],
  ['an object that prints as a name', { toString: () => 'acme' }],
];

describe('tenant ids', () => {
  test.each(['a', 'Acme_2-eu', '-', '_', '0', 'toString', 'x'.repeat(128)])('%s is one', (id) => {
    expect(parseTenantId(id)).toBe(id);
  });

  test.each([undefined, null])('%p stands for the tenant "default"', (value) => {
    expect(parseTenantId(value)).toBe('default');
  });

  test.each([...malformed, ['129 characters', 'x'.repeat(129)]] as const)(
    '%s is none',
    (_name, value) => {
      expect(isTenantId(value)).toBe(false);
      const error = thrownBy(() => parseTenantId(value));
      expect(error.code).toBe('TENANTRY_TENANT_ID_INVALID');
      expect(error.message).toMatch(/^[\x20-\x7e\u00e4\u0430…]+$/);
      expect(error.message.length).toBeLessThan(200);
    },
  );
});

describe('agent names', () => {
  test.each(['a', 'support-2', 'valueOf', 'x'.repeat(64)])('%s is one', (name) => {
    expect(parseAgentName(name)).toBe(name);
  });

  test.each([
    ...malformed,
    ['65 characters', 'x'.repeat(65)],
    ['nothing', undefined],
    ['null', null],
  ] as const)('%s is none', (_name, value) => {
    expect(isAgentName(value)).toBe(false);
    expect(thrownBy(() => parseAgentName(value)).code).toBe('TENANTRY_AGENT_NAME_INVALID');
  });
});

test('a name is safe in a path, a table and a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 6 }), (text) => {
      if (isTenantId(text)) expect(encodeURIComponent(text)).toBe(text);
    }),
  );
});
