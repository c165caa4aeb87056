import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromTagged, toTagged } from '../../src/recorder/tagged-value.js';

const throughJson = (value: unknown): unknown =>
  fromTagged(JSON.parse(JSON.stringify(toTagged(value))));

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, undefined, null, true),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.constantFrom(
    /a"\/b/giu,
    new DataView(new ArrayBuffer(3)),
    new Error('no'),
    new TypeError('x'),
  ),
);
const key = fc.oneof(fc.string(), fc.constantFrom('$', 'v', '__proto__'));
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, tie('list'), tie('object'), tie('map'), tie('set')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  map: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((all) => new Map(all)),
  set: fc.array(tie('value'), { maxLength: 3 }).map((all) => new Set(all)),
}));

describe('tagged value', () => {
  test('comes back from JSON as it was', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(throughJson(value)).toStrictEqual(value);
      }),
    );
  });

  test('keeps shared references, cycles, holes and boxed values', () => {
    const shared = { n: 1 };
    const cyclic: Record<string, unknown> = { shared, again: shared };
    cyclic['self'] = cyclic;
    const back = throughJson(cyclic) as typeof cyclic;
    expect(back['self']).toBe(back);
    expect(back['again']).toBe(back['shared']);
    const sparse = Object.assign(Array.from({ length: 0 }), { 0: 1, 2: 3, length: 4 });
    expect(throughJson(sparse)).toStrictEqual(structuredClone(sparse));
    expect(throughJson([Object('text'), shared, shared])).toEqual([Object('text'), shared, shared]);
    const error = new RangeError('too much', { cause: { deep: [error2()] } });
    const read = throughJson(error) as RangeError;
    expect(read).toBeInstanceOf(RangeError);
    expect(read.stack).toBe(error.stack);
    expect(read.cause).toEqual({ deep: [error2()] });
  });

  test('a foreign value is refused, never obeyed', () => {
    const evil: unknown = JSON.parse('{"__proto__":{"polluted":true},"a":1}');
    const read = fromTagged(evil) as { polluted?: boolean };
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    let deep: unknown = null;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    const wrong = [
      { $: 'nothing' },
      { $: 'ref', v: 3 },
      { $: 'map', v: 1 },
      { $: 'map', v: [1] },
      { $: 'bytes', v: ['Uint8Array', 1] },
      { $: 'bytes', v: ['Float64Array', 'AAA='] },
      { $: 'bytes', v: ['constructor', ''] },
      { $: 'bigint', v: 'x' },
      { $: 'regexp', v: ['(', ''] },
      { $: 'error', v: [['constructor', 1]] },
      deep,
    ];
    for (const value of wrong) {
      expect(() => fromTagged(value)).toThrow(
        expect.objectContaining({ code: 'TENANTRY_RECORDING_INVALID' }),
      );
    }
    expect(() => toTagged(() => {})).toThrow(
      expect.objectContaining({ code: 'TENANTRY_RECORDING_INVALID' }),
    );
  });
});

const error2 = (): Error => Object.assign(new Error('inner'), { stack: 'inner stack' });
