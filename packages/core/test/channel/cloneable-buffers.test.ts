import { describe, expect, test } from '@jest/globals';
import { cloneMessage } from '../../src/channel/cloneable.js';
import { thrownBy } from '../caught.js';

const LIMITS = { maxMessageBytes: 1_048_576, maxMessageDepth: 100 };
const clone = (value: unknown, transfer?: ArrayBuffer[]): unknown =>
  cloneMessage(value, LIMITS, transfer).value;
const codeOfClone = (value: unknown, transfer?: ArrayBuffer[]): string =>
  thrownBy(() => clone(value, transfer)).code;

describe('a Buffer', () => {
  test('arrives as its own bytes and not with the pool it was cut from', () => {
    const slice = Buffer.from('mine');
    expect(slice.buffer.byteLength).toBeGreaterThan(4);
    const copy = clone(slice) as Uint8Array;
    expect([copy.byteLength, copy.byteOffset, copy.buffer.byteLength]).toEqual([4, 0, 4]);
    expect(Buffer.isBuffer(copy)).toBe(false);
    expect(Buffer.from(copy).toString()).toBe('mine');
  });

  test('is counted by its own bytes', () => {
    expect(cloneMessage(new Uint8Array(1_000_000).subarray(5, 8), LIMITS).bytes).toBeLessThan(64);
  });
});

describe('a view', () => {
  test.each([
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ])('keeps its kind and its part of the buffer: %p', (Kind) => {
    const view = new Kind(new ArrayBuffer(64), 16, 2);
    const copy = clone({ view }) as { view: typeof view };
    expect(copy.view.constructor).toBe(Kind);
    expect([copy.view.length, copy.view.buffer.byteLength]).toEqual([2, view.byteLength]);
  });

  test('met twice is one view in the copy', () => {
    const view = new Uint8Array(4);
    const copy = clone([view, view]) as Uint8Array[];
    expect(copy[0]).toBe(copy[1]);
  });
});

describe('a transferred buffer', () => {
  test('is moved: the sender has it no more', () => {
    const buffer = new Uint8Array([1, 2, 3]).buffer;
    const copy = clone({ buffer }, [buffer]) as { buffer: ArrayBuffer };
    expect(buffer.byteLength).toBe(0);
    expect([...new Uint8Array(copy.buffer)]).toEqual([1, 2, 3]);
  });

  test('arrives whole, with every view of it in its place', () => {
    const buffer = new ArrayBuffer(16);
    const [low, high] = [new Uint8Array(buffer, 0, 4), new Uint16Array(buffer, 8, 2)];
    high[1] = 513;
    const copy = clone({ low, high, buffer }, [buffer]) as {
      low: Uint8Array;
      high: Uint16Array;
      buffer: ArrayBuffer;
    };
    expect(copy.low.buffer).toBe(copy.buffer);
    expect(copy.high.buffer).toBe(copy.buffer);
    expect([copy.high.byteOffset, copy.high[1], copy.buffer.byteLength]).toEqual([8, 513, 16]);
    expect(low.byteLength).toBe(0);
  });

  test('is counted like one that is copied', () => {
    const buffer = new ArrayBuffer(2_000_000);
    expect(codeOfClone(buffer, [buffer])).toBe('TENANTRY_MESSAGE_TOO_LARGE');
    expect(buffer.byteLength).toBe(2_000_000);
  });

  test('stays with the sender when another field is refused', () => {
    const buffer = new ArrayBuffer(8);
    expect(codeOfClone({ buffer, run: () => 1 }, [buffer])).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
    expect(buffer.byteLength).toBe(8);
  });

  test('that is not part of the message stays with the sender', () => {
    const buffer = new ArrayBuffer(8);
    expect(clone({ a: 1 }, [buffer])).toEqual({ a: 1 });
    expect(buffer.byteLength).toBe(8);
  });
});

describe('a buffer that has been given away before', () => {
  const detached = (): ArrayBuffer => {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
  };

  test('is refused with its path', () => {
    const error = thrownBy(() => clone({ a: [detached()] }));
    expect(error.code).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
    expect(error.details['path']).toBe('message.a[0]');
  });

  test('is refused as well through a view and in a transfer list', () => {
    const view = new Uint8Array(8);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    expect(codeOfClone({ view })).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
    expect(codeOfClone({ view }, [view.buffer])).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
    const buffer = detached();
    expect(codeOfClone(buffer, [buffer])).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
  });
});
