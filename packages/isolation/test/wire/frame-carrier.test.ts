import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { bytesCarrier, valueCarrier } from '../../src/wire/frame-carrier.js';
import { decodeFrame, encodeFrame } from '../../src/wire/framing.js';
import type { Frame } from '../../src/wire/messages.js';

const FRAME: Frame = [1, 8, ['hello'], [5], { kind: 'close' }];

describe('a carrier of values', () => {
  test('brings a frame to the other side of its port', async () => {
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise((resolve) => valueCarrier(port2).listen(resolve));
    valueCarrier(port1).post(FRAME, []);
    expect(await arrived).toEqual(FRAME);
    port1.close();
  });

  test('moves the buffers it is told to move', async () => {
    const { port1, port2 } = new MessageChannel();
    const buffer = new ArrayBuffer(64);
    const arrived = new Promise<Frame>((resolve) => valueCarrier(port2).listen(resolve));
    valueCarrier(port1).post([0, 0, [buffer], [64], null], [buffer]);
    expect(buffer.byteLength).toBe(0);
    expect(((await arrived)[2][0] as ArrayBuffer).byteLength).toBe(64);
    port1.close();
  });

  test('closes its port', async () => {
    const { port1, port2 } = new MessageChannel();
    valueCarrier(port1).close();
    await once(port2, 'close');
  });
});

describe('a carrier of bytes', () => {
  test('posts a frame with its header and the number of its stream', async () => {
    const { port1, port2 } = new MessageChannel();
    const posted = once(port2, 'message');
    bytesCarrier(port1, 9).post(FRAME, []);
    const [bytes] = (await posted) as [Uint8Array];
    expect(Buffer.from(bytes).readUInt32LE(4)).toBe(9);
    expect(decodeFrame(bytes.subarray(8))).toEqual(FRAME);
    port1.close();
  });

  test('takes a frame without its header', async () => {
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise((resolve) => bytesCarrier(port1, 9).listen(resolve));
    port2.postMessage(Uint8Array.from(encodeFrame(9, FRAME).subarray(8)));
    expect(await arrived).toEqual(FRAME);
    port1.close();
  });
});
