import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cloneMessage } from '../../src/channel/cloneable.js';

const WIDE = { maxMessageBytes: 256 * 1_048_576, maxMessageDepth: 1_000 };

const clone = (value: unknown): unknown => cloneMessage(value, WIDE).value;
/**
 * What a value serializes to: equal images mean equal values, holes, cycles and -0 included. Taken
 * after one crossing, which levels how V8 happens to store an array.
 */
const image = (value: unknown): string =>
  serialize(deserialize(serialize(value)) as unknown).toString('hex');
const asStructured = (value: unknown): string => image(structuredClone(value));

const typed = fc.oneof(
  fc.uint8Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.uint8Array().map((bytes) => new DataView(bytes.buffer)),
  fc.uint8Array().map((bytes) => bytes.buffer),
);
const leaf = fc.oneof(
  fc.anything({ maxDepth: 0, withBigInt: true }),
  fc.bigInt(),
  fc.string({ unit: 'binary' }),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a+/giu, /(?<year>\d{4})-\k<year>/, new RegExp('')),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53),
  typed,
);
const key = fc.string().filter((text) => text !== '__proto__');
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.sparseArray(tie('tree'), { maxLength: 8, maxNumElements: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
    fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie('tree'), { maxLength: 4 }).map((items) => new Set(items)),
    // The same value twice: the copy has to share it as well.
    tie('tree').map((shared) => ({ a: shared, b: [shared] })),
  ),
}));

describe('a cloned message', () => {
  test('equals what structuredClone makes of any structured-clone data', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(image(clone(value))).toBe(asStructured(value));
      }),
      { numRuns: 500 },
    );
  });

  test('shares nothing with the original', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const originals = objectsOf(value);
        for (const copied of objectsOf(clone(value))) expect(originals.has(copied)).toBe(false);
      }),
    );
  });

  test('keeps cycles through every kind of container', () => {
    const object: Record<string, unknown> = { list: [], map: new Map(), set: new Set() };
    (object['list'] as unknown[]).push(object);
    (object['map'] as Map<unknown, unknown>).set(object, object);
    (object['set'] as Set<unknown>).add(object);
    const copy = clone(object) as typeof object;
    expect(copy).not.toBe(object);
    expect((copy['list'] as unknown[])[0]).toBe(copy);
    expect((copy['map'] as Map<unknown, unknown>).get(copy)).toBe(copy);
    expect((copy['set'] as Set<unknown>).has(copy)).toBe(true);
  });

  test('keeps holes as holes', () => {
    const sparse: unknown[] = [];
    sparse[2] = 'x';
    sparse.length = 5;
    const copy = clone(sparse) as unknown[];
    expect([0 in copy, 1 in copy, 2 in copy, 4 in copy, copy.length]).toEqual([
      false,
      false,
      true,
      false,
      5,
    ]);
  });

  test('keeps boxed primitives and an invalid date', () => {
    for (const value of [Object('x'), Object(7), Object(true), Object(9n), new Date(Number.NaN)]) {
      expect(image(clone(value))).toBe(asStructured(value));
    }
  });

  test('keeps an error with its cause and drops its class', () => {
    class CardDeclined extends TypeError {}
    const error = new CardDeclined('no funds', { cause: { at: 'bank' } });
    const copy = clone({ error }) as { error: Error };
    expect([copy.error.message, copy.error.cause]).toEqual(['no funds', { at: 'bank' }]);
    expect(copy.error.stack).toBe(error.stack);
    expect(Object.prototype.toString.call(copy.error)).toBe('[object Error]');
  });

  test('keeps the own fields of a class instance and drops its class', () => {
    class Point {
      readonly x = 1;
      readonly #hidden = 2;
      get hidden(): number {
        return this.#hidden;
      }
    }
    const copy = clone(new Point()) as object;
    expect(copy).toEqual({ x: 1 });
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  test('reads a getter once and arrives as its value', () => {
    let reads = 0;
    const value = {
      get now(): number {
        return (reads += 1);
      },
    };
    expect(clone(value)).toEqual({ now: 1 });
    expect(reads).toBe(1);
  });
});

function objectsOf(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  if (ArrayBuffer.isView(value)) objectsOf(value.buffer, found);
  const inside =
    value instanceof Map
      ? [...value].flat()
      : value instanceof Set
        ? [...value]
        : Object.values(value);
  if (!ArrayBuffer.isView(value)) for (const item of inside) objectsOf(item, found);
  return found;
}
