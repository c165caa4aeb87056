import { describe, expect, test } from '@jest/globals';
import { ERROR_CODES, type ErrorCode } from '../../src/errors/error-codes.js';
import {
  TenantryError,
  codeOf,
  hasCode,
  isTenantryError,
  shown,
  withoutStack,
} from '../../src/errors/errors.js';

describe('TenantryError', () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    '%s is as retryable as the table says',
    (code) => {
      expect(new TenantryError(code, 'why').retryable).toBe(ERROR_CODES[code].retryable);
    },
  );

  test('carries only the fields it was given', () => {
    const bare = new TenantryError('TENANTRY_POOL_CAP', 'full');
    expect(bare.details).toEqual({});
    for (const field of ['tenant', 'session', 'retryAfterMs', 'cause'])
      expect(bare).not.toHaveProperty(field);
    const cause = new Error('inner');
    const told = new TenantryError('TENANTRY_POOL_CAP', 'full', {
      tenant: 'acme',
      session: 's1',
      retryAfterMs: 5,
      details: { limit: 7 },
      cause,
    });
    expect(told).toMatchObject({
      tenant: 'acme',
      session: 's1',
      retryAfterMs: 5,
      details: { limit: 7 },
    });
    expect(told.cause).toBe(cause);
    expect(String(told)).toBe('TenantryError: full');
  });
});

describe('codes of anything thrown', () => {
  test('are read off objects of any class and off nothing else', () => {
    expect(codeOf({ code: 'ENOENT' })).toBe('ENOENT');
    expect(codeOf({ code: 7 })).toBeUndefined();
    for (const thrown of [undefined, null, 'TENANTRY_INTERNAL', 7, Symbol('x')]) {
      expect(codeOf(thrown)).toBeUndefined();
    }
  });

  test('survive an object that lost its class', () => {
    const copy: unknown = JSON.parse(
      JSON.stringify(new TenantryError('TENANTRY_POOL_CAP', 'full')),
    );
    expect(hasCode(copy, 'TENANTRY_POOL_CAP')).toBe(true);
    expect(hasCode(copy, 'TENANTRY_TENANT_CAP')).toBe(false);
    expect(isTenantryError(copy)).toBe(true);
  });

  test('of the system are not the runtime’s own', () => {
    expect(isTenantryError({ code: 'ENOENT' })).toBe(false);
    expect(isTenantryError({ code: 'toString' })).toBe(false);
    expect(isTenantryError(new Error('plain'))).toBe(false);
  });
});

describe('a received value shown in a message', () => {
  test('is cut at 80 characters', () => {
    expect(shown('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(shown('x'.repeat(10_000))).toBe(`"${'x'.repeat(80)}…"`);
  });

  test.each([
    ['a new line', 'a\nb', '"a\\nb"'],
    ['an ANSI colour', '\u001b[31mred', '"\\u001b[31mred"'],
    ['DEL', 'a\u007fb', '"a\\u007fb"'],
    ['a C1 control', 'a\u009b31m', '"a\\u009b31m"'],
    ['a right-to-left override', 'a\u202eb', '"a\\u202eb"'],
    ['an isolate mark', 'a\u2067b', '"a\\u2067b"'],
    ['a line separator', 'a\u2028b', '"a\\u2028b"'],
    ['a lone surrogate', 'a\ud800', '"a\\ud800"'],
  ])('cannot act on a terminal: %s', (_name, value, text) => {
    expect(shown(value)).toBe(text);
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [-0, '0'],
    [10n, '10n'],
    [true, 'true'],
    [Symbol('secret'), 'a symbol'],
    [() => 'secret', 'a function'],
    [['secret'], 'an array'],
    [{ apiKey: 'secret' }, 'an object'],
    [Object.create(null), 'an object'],
  ])('tells the kind and not the inside of %p', (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe('an error without a stack', () => {
  const made = (): TenantryError =>
    withoutStack('TENANTRY_TENANT_CAP', 'full', { tenant: 'acme', retryAfterMs: 5 });

  test('is the same error, and leaves those of others their frames', () => {
    const limit = Error.stackTraceLimit;
    expect(made()).toMatchObject({
      name: 'TenantryError',
      code: 'TENANTRY_TENANT_CAP',
      message: 'full',
      tenant: 'acme',
      retryAfterMs: 5,
      retryable: true,
    });
    expect(made()).toBeInstanceOf(TenantryError);
    expect(made().stack).not.toContain('    at ');
    expect([Error.stackTraceLimit, new Error('other').stack]).toEqual([
      limit,
      expect.stringContaining('    at '),
    ]);
  });

  test('has its frames where the limit cannot be set', () => {
    const own = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!;
    Object.defineProperty(Error, 'stackTraceLimit', { ...own, writable: false });
    try {
      expect(made()).toMatchObject({ message: 'full', stack: expect.stringContaining('    at ') });
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', own);
    }
  });
});
