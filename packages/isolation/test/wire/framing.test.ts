import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameReader, decodeFrame, encodeFrame } from '../../src/wire/framing.js';
import type { Frame } from '../../src/wire/messages.js';

const HEADER_BYTES = 8;

const frameOf = (message: unknown): Frame => [1, 2, [message], [8], null];

const messageOf = (frame: Frame): unknown => frame[2][0];

const roundTrip = (message: unknown): unknown =>
  messageOf(decodeFrame(encodeFrame(7, frameOf(message)).subarray(HEADER_BYTES)));

/** Everything a reader made of these chunks. */
function read(chunks: readonly Buffer[]): { stream: number; frame: Frame }[] {
  const frames: { stream: number; frame: Frame }[] = [];
  const reader = new FrameReader((stream, payload) =>
    frames.push({ stream, frame: decodeFrame(payload) }),
  );
  for (const chunk of chunks) reader.push(chunk);
  return frames;
}

/** Cuts bytes at the given places, which may repeat and come in any order. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).map((end, index) => Buffer.from(bytes.subarray(cuts[index], end)));
}

describe('a frame as bytes', () => {
  test.each<[string, unknown]>([
    ['text beyond Latin-1', 'Grüße, 世界 🦊'],
    ['a lone surrogate', '\ud800'],
    ['undefined', undefined],
    ['null', null],
    ['minus zero', -0],
    ['NaN', Number.NaN],
    ['a big integer', -(2n ** 70n)],
    ['a date', new Date(86_400_000)],
    ['a regular expression', /a+b/giu],
    ['a map with an object as key', new Map([[{ a: 1 }, new Set([1, 'two'])]])],
    ['an array with a hole', [1, , 3]], // oxlint-disable-line no-sparse-arrays
    ['bytes', Uint8Array.of(0, 127, 255)],
    ['numbers of eight bytes', Float64Array.of(Math.PI, -0)],
    ['an array buffer', Uint8Array.of(1, 2, 3).buffer],
    ['an empty view', new Uint8Array(0)],
  ])('carries %s as it is', (_what, message) => {
    expect(roundTrip(message)).toEqual(message);
  });

  test('carries a message that refers to itself', () => {
    const knot: { self?: unknown } = {};
    knot.self = knot;
    const arrived = roundTrip(knot) as typeof knot;
    expect(arrived.self).toBe(arrived);
  });

  test('carries whatever JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (message) => {
        expect(roundTrip(message)).toEqual(message);
      }),
    );
  });

  test('carries a view with its own bytes only', () => {
    const pool = Uint8Array.from({ length: 1_000 }, (_, index) => index % 256);
    const view = pool.slice(10, 13);
    expect(encodeFrame(1, frameOf(view)).length).toBeLessThan(100);
    expect(roundTrip(view)).toEqual(Uint8Array.of(10, 11, 12));
  });

  test('begins with its length and the number of its stream', () => {
    const bytes = encodeFrame(4_000_000_000, frameOf('x'));
    expect(bytes.readUInt32LE(0)).toBe(bytes.length - HEADER_BYTES);
    expect(bytes.readUInt32LE(4)).toBe(4_000_000_000);
  });

  test('keeps credit, sizes and the signal', () => {
    const frame: Frame = [3, 99, ['a', 'b'], [1, 1], { kind: 'close' }];
    expect(decodeFrame(encodeFrame(1, frame).subarray(HEADER_BYTES))).toEqual(frame);
  });
});

describe('a frame reader', () => {
  test('finds the same frames however the stream is chopped', () => {
    const sent = fc.record({ stream: fc.nat(0xffff_ffff), message: fc.string({ maxLength: 300 }) });
    fc.assert(
      fc.property(
        fc.array(sent, { maxLength: 12 }),
        fc.array(fc.nat(10_000), { maxLength: 40 }),
        (all, places) => {
          const frames = all.map(({ stream, message }) => ({ stream, frame: frameOf(message) }));
          const encoded = frames.map(({ stream, frame }) => encodeFrame(stream, frame));
          expect(read(cutAt(Buffer.concat(encoded), places))).toEqual(frames);
        },
      ),
    );
  });

  test('finds frames in a stream that comes byte by byte', () => {
    const bytes = Buffer.concat([encodeFrame(1, frameOf('a')), encodeFrame(2, frameOf('b'))]);
    const frames = read(Array.from(bytes, (byte) => Buffer.of(byte)));
    expect(frames.map(({ stream, frame }) => [stream, messageOf(frame)])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  test('hands out a frame as soon as its last byte is there, and not before', () => {
    const bytes = encodeFrame(1, frameOf('a'));
    const streams: number[] = [];
    const reader = new FrameReader((stream) => streams.push(stream));
    reader.push(bytes.subarray(0, -1));
    expect(streams).toEqual([]);
    reader.push(bytes.subarray(-1));
    expect(streams).toEqual([1]);
  });

  test('hands out bytes that decode into memory of their own', () => {
    const bytes = encodeFrame(1, frameOf(new Uint8Array([1, 2, 3])));
    const messages: unknown[] = [];
    new FrameReader((_stream, payload) => messages.push(messageOf(decodeFrame(payload)))).push(
      bytes,
    );
    bytes.fill(0);
    expect(messages).toEqual([new Uint8Array([1, 2, 3])]);
    expect((messages[0] as Uint8Array).buffer.byteLength).toBe(3);
  });

  test('refuses a length that no frame has', () => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(1_073_741_825, 0);
    const reader = new FrameReader(() => {});
    expect(() => reader.push(header)).toThrow(
      expect.objectContaining({
        code: 'TENANTRY_INTERNAL',
        message: 'a frame of 1073741825 bytes in the stream',
      }),
    );
  });

  test('waits for the rest of the longest frame there may be', () => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(1_073_741_824, 0);
    expect(() => new FrameReader(() => {}).push(header)).not.toThrow();
  });
});
