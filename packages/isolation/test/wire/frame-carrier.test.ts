import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { valueCarrier } from '../../src/wire/frame-carrier.js';
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
