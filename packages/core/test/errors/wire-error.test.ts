import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TenantryError, codeOf } from '../../src/errors/errors.js';
import { fromWireError, toWireError, type WireError } from '../../src/errors/wire-error.js';

const travelled = (thrown: unknown): Error =>
  fromWireError(JSON.parse(JSON.stringify(toWireError(thrown))) as WireError);

describe('an error that crosses a boundary', () => {
  test('of ours arrives with code, tenant, session, retry time and details', () => {
    const error = travelled(
      new TenantryError('TENANTRY_TENANT_CAP', 'full', {
        tenant: 'acme',
        session: 's1',
        retryAfterMs: 250,
        details: { limit: 7 },
      }),
    );
    expect(error).toMatchObject({
      name: 'TenantryError',
      code: 'TENANTRY_TENANT_CAP',
      message: 'full',
      retryable: true,
      tenant: 'acme',
      session: 's1',
      retryAfterMs: 250,
      details: { limit: 7 },
    });
  });

  test('of a user arrives with name, message, code and its own stack', () => {
    class CardDeclined extends Error {
      override readonly name = 'CardDeclined';
      readonly code = 'E_DECLINED';
    }
    const original = new CardDeclined('no funds');
    const error = travelled(original);
    expect([error.name, error.message, codeOf(error)]).toEqual([
      'CardDeclined',
      'no funds',
      'E_DECLINED',
    ]);
    expect(error.stack).toBe(original.stack);
    expect(Object.keys(error)).toEqual(['code']);
  });

  test('keeps its chain of causes', () => {
    const root = Object.assign(new TypeError('root'), { code: 'E_ROOT' });
    const middle = new TenantryError('TENANTRY_AGENT_LOAD_FAILED', 'middle', { cause: root });
    const error = travelled(new Error('top', { cause: middle }));
    expect(codeOf(error.cause)).toBe('TENANTRY_AGENT_LOAD_FAILED');
    const deepest = (error.cause as Error).cause as Error;
    expect([deepest.name, deepest.message, codeOf(deepest)]).toEqual([
      'TypeError',
      'root',
      'E_ROOT',
    ]);
  });

  test('whose cause is itself arrives with a finite chain', () => {
    const circle = new Error('round');
    circle.cause = circle;
    let depth = 0;
    for (
      let error: unknown = travelled(circle);
      error !== undefined;
      error = (error as Error).cause
    )
      depth += 1;
    expect(depth).toBe(9);
  });

  test('with a huge message, stack and name is cut', () => {
    const error = new Error('m'.repeat(1_000_000));
    error.stack = 's'.repeat(5_000_000);
    error.name = 'n'.repeat(100_000);
    const wire = toWireError(error);
    expect(JSON.stringify(wire).length).toBeLessThan(30_000);
    expect(wire.message.startsWith('mmm')).toBe(true);
  });

  test.each([
    ['a string', 'boom', 'thrown: "boom"'],
    ['undefined', undefined, 'thrown: undefined'],
    ['null', null, 'thrown: null'],
    ['a number', 7, 'thrown: 7'],
    ['a bigint', 7n, 'thrown: 7n'],
    ['a symbol', Symbol('s'), 'thrown: a symbol'],
    ['a function', () => 1, 'thrown: a function'],
    ['an object', { some: 'thing' }, 'thrown: an object'],
    ['an object without prototype', Object.create(null), 'thrown: an object'],
    ['an array', [1], 'thrown: an array'],
  ])('that is %s becomes an error that says so', (_name, thrown, message) => {
    expect(travelled(thrown).message).toBe(message);
  });

  test('whose properties throw is still told', () => {
    const hostile = {
      get message(): string {
        throw new Error('no');
      },
    };
    expect(toWireError(hostile).message).toBe('thrown: an object whose properties throw');
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(toWireError(revoked.proxy).message).toBe('thrown: an object whose properties throw');
  });

  test('with fields of wrong types leaves them out', () => {
    const wire = toWireError({
      message: 7,
      name: {},
      stack: [],
      code: 9,
      tenant: 1,
      retryAfterMs: 'soon',
    });
    expect(wire).toEqual({ name: 'Error', message: 'thrown: an object' });
  });

  test('loses details that are no JSON and nothing else', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const wire = toWireError(new TenantryError('TENANTRY_INTERNAL', 'm', { details: loop }));
    expect(wire.details).toBeUndefined();
    expect(wire.code).toBe('TENANTRY_INTERNAL');
  });

  test('brings no details that only look like ours', () => {
    expect(
      toWireError({ message: 'm', code: 'E_USER', details: { secret: 1 } }).details,
    ).toBeUndefined();
  });

  test('is the same after a second crossing', () => {
    fc.assert(
      fc.property(
        fc.record({ name: fc.string({ minLength: 1 }), message: fc.string(), code: fc.string() }),
        fc.array(fc.string(), { maxLength: 5 }),
        (fields, causes) => {
          const cause = causes.reduce<Error | undefined>(
            (inner, text) => new Error(text, inner === undefined ? {} : { cause: inner }),
            undefined,
          );
          const once = toWireError(
            Object.assign(new Error('', cause === undefined ? {} : { cause }), fields),
          );
          expect(toWireError(fromWireError(once))).toEqual(once);
        },
      ),
    );
  });

  test('is never thrown by the attempt to carry it', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (thrown) => {
        expect(typeof toWireError(thrown).message).toBe('string');
      }),
    );
  });
});
