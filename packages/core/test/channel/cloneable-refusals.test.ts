import { MessageChannel } from 'node:worker_threads';
import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { cloneMessage } from '../../src/channel/cloneable.js';
import { thrownBy } from '../caught.js';

const LIMITS = { maxMessageBytes: 1_048_576, maxMessageDepth: 100 };
const refusalOf = (value: unknown): ReturnType<typeof thrownBy> =>
  thrownBy(() => cloneMessage(value, LIMITS));

const { port1, port2 } = new MessageChannel();
port1.close();
port2.close();

describe('a value that no boundary carries', () => {
  test.each<readonly [string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Promise', Promise.resolve()],
    ['a Proxy', new Proxy({}, {})],
    ['a WeakMap', new WeakMap()],
    ['a WeakSet', new WeakSet()],
    ['a WeakRef', new WeakRef({})],
    ['a SharedArrayBuffer', new SharedArrayBuffer(8)],
    ['a SharedArrayBuffer', new Uint8Array(new SharedArrayBuffer(8))],
    ['a generator', (function* () {})()],
    ['an iterator', new Map().entries()],
    ['an iterator', new Set().values()],
    ['a boxed symbol', Object(Symbol('s'))],
    ['a MessagePort', port1],
    ['a Blob', new Blob(['x'])],
    ['an AbortSignal', new AbortController().signal],
    ['a ReadableStream', new ReadableStream()],
    ['a KeyObject', createSecretKey(Buffer.from('secret'))],
  ])('is refused with its path: %s', (kind, value) => {
    const error = refusalOf({ call: { items: [0, { handler: value }] } });
    expect(error.code).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
    expect(error.details['path']).toBe('message.call.items[1].handler');
    expect(error.message.startsWith('message.call.items[1].handler: ')).toBe(true);
    expect(error.details['received']).toMatch(new RegExp(`^${kind.replace('an ', 'an? ')}`));
  });

  test('is named at the top, inside maps, sets and causes', () => {
    const bad = (): void => {};
    expect(refusalOf(bad).details['path']).toBe('message');
    expect(refusalOf(new Map([['k', bad]])).details['path']).toBe('message[0]');
    expect(refusalOf(new Set(['a', bad])).details['path']).toBe('message[1]');
    expect(refusalOf(new Error('m', { cause: bad })).details['path']).toBe('message.cause');
  });

  test('is named by a path that cannot act on a terminal or fill it', () => {
    const path = String(
      refusalOf({ ['\u001b[31m\n']: { ['k'.repeat(10_000)]: () => 1 } }).details['path'],
    );
    expect(path.startsWith('message["\\u001b[31m\\n"]["kkk')).toBe(true);
    expect(path.length).toBeLessThan(200);
  });

  test('is never told with the values around it', () => {
    const error = refusalOf({ apiKey: 'sk-secret', run: () => 'sk-secret' });
    expect(error.message).not.toContain('sk-secret');
    expect(JSON.stringify(error.details)).not.toContain('sk-secret');
  });
});

describe('the key __proto__', () => {
  test.each([
    ['with an object', '{"__proto__": {"polluted": true}}'],
    ['with a text', '{"__proto__": "x"}'],
    ['with null', '{"__proto__": null}'],
    ['deep inside', '{"a": [{"__proto__": {"polluted": true}}]}'],
  ])('is refused %s', (_name, json) => {
    const error = refusalOf(JSON.parse(json));
    expect(error.code).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
    expect(error.message).toContain('__proto__');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('is harmless as a map key or as a text', () => {
    const copy = cloneMessage(new Map([['__proto__', '__proto__']]), LIMITS).value;
    expect([...(copy as Map<string, string>)]).toEqual([['__proto__', '__proto__']]);
  });

  test('named "constructor" or "prototype" it is an ordinary field', () => {
    const value = { constructor: 1, prototype: { toString: 2 } };
    expect(cloneMessage(value, LIMITS).value).toEqual(value);
  });
});

describe('a message that is too deep', () => {
  const nested = (levels: number): unknown => {
    let value: unknown = 'bottom';
    for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
    return value;
  };

  test('passes at the limit and is refused one level below it', () => {
    expect(cloneMessage(nested(101), LIMITS).value).toEqual(nested(101));
    const error = refusalOf(nested(102));
    expect(error.code).toBe('TENANTRY_MESSAGE_TOO_DEEP');
    expect(error.details['limit']).toBe(100);
  });

  test('is refused at 200,000 levels instead of overflowing the stack', () => {
    const error = refusalOf(nested(200_000));
    expect(error.code).toBe('TENANTRY_MESSAGE_TOO_DEEP');
    expect(error.message.length).toBeLessThan(300);
  });

  test('is refused as well where maps or causes are what nests', () => {
    let map: unknown = 1;
    for (let level = 0; level < 5_000; level += 1) map = new Map([[map, 1]]);
    expect(refusalOf(map).code).toBe('TENANTRY_MESSAGE_TOO_DEEP');
    let error: unknown;
    for (let level = 0; level < 5_000; level += 1) error = new Error('m', { cause: error });
    expect(refusalOf(error).code).toBe('TENANTRY_MESSAGE_TOO_DEEP');
  });
});

describe('a message that is too large', () => {
  const MIB = 1_048_576;
  test.each<readonly [string, () => unknown]>([
    ['50 MB of text', () => 'x'.repeat(50 * MIB)],
    ['50 MB of text in a field', () => ({ text: 'x'.repeat(50 * MIB) })],
    ['50 MB of bytes', () => new Uint8Array(50 * MIB)],
    ['50 MB in a buffer', () => ({ a: new ArrayBuffer(50 * MIB) })],
    [
      'a sparse array as long as they get',
      () => Array.from<unknown>({ length: 0 }).concat(longArray()),
    ],
    ['many small objects', () => Array.from({ length: 200_000 }, () => ({}))],
    [
      'many keys',
      () => Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`key${i}`, null])),
    ],
    ['a large bigint', () => 1n << BigInt(20 * MIB)],
    ['a long regular expression', () => new RegExp('x'.repeat(2 * MIB))],
    ['multi-byte text', () => '€'.repeat(400_000)],
  ])('is refused: %s', (_name, make) => {
    const error = refusalOf(make());
    expect(error.code).toBe('TENANTRY_MESSAGE_TOO_LARGE');
    expect(error.details['limit']).toBe(MIB);
    expect(error.details['received']).toBeGreaterThan(MIB);
  });

  test('passes at the limit to the byte', () => {
    expect(cloneMessage(new ArrayBuffer(MIB - 8), LIMITS).bytes).toBe(MIB);
    expect(refusalOf(new ArrayBuffer(MIB - 7)).code).toBe('TENANTRY_MESSAGE_TOO_LARGE');
    expect(cloneMessage('x'.repeat(MIB), LIMITS).bytes).toBe(MIB);
    expect(refusalOf('x'.repeat(MIB + 1)).code).toBe('TENANTRY_MESSAGE_TOO_LARGE');
  });
});

function longArray(): unknown[] {
  const sparse: unknown[] = [];
  sparse.length = 2 ** 32 - 1;
  return sparse;
}
