import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { FramePipe } from '../../src/wire/frame-pipe.js';
import type { Frame } from '../../src/wire/messages.js';
import { turns } from '../support/turns.js';

const FRAME: Frame = [1, 8, ['hello', new Uint8Array([1, 2])], [5, 2], { kind: 'close' }];

/** Two streams, each reading what the other writes. */
function pair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const make = (other: number): Duplex =>
    new Duplex({
      read: () => {},
      write: (chunk, _encoding, done) => {
        ends[other]!.push(chunk);
        done();
      },
    });
  ends.push(make(1), make(0));
  return [ends[0]!, ends[1]!];
}

describe('a pipe of frames', () => {
  test('brings each frame to the listener of its stream, in order', async () => {
    const [near, far] = pair();
    const host = new FramePipe(near, () => {});
    const guest = new FramePipe(far, () => {});
    const arrived: [number, Frame][] = [];
    guest.carrier(1).listen((frame) => arrived.push([1, frame]));
    guest.carrier(2).listen((frame) => arrived.push([2, frame]));
    host.carrier(2).post(FRAME, []);
    host.carrier(1).post([0, 0, [], [], null], []);
    host.carrier(2).post([2, 2, [], [], null], []);
    await turns(3);
    expect(arrived).toEqual([
      [2, FRAME],
      [1, [0, 0, [], [], null]],
      [2, [2, 2, [], [], null]],
    ]);
  });

  test('drops frames of a stream that was closed', async () => {
    const [near, far] = pair();
    const host = new FramePipe(near, () => {});
    const carrier = new FramePipe(far, () => {}).carrier(1);
    const arrived: Frame[] = [];
    carrier.listen((frame) => arrived.push(frame));
    carrier.close();
    host.carrier(1).post(FRAME, []);
    await turns(3);
    expect(arrived).toEqual([]);
  });

  test('says when what arrives is no frame', async () => {
    const [near, far] = pair();
    const broken: Error[] = [];
    const guest = new FramePipe(far, (error) => broken.push(error));
    guest.carrier(1).listen(() => {});
    near.write(Buffer.from([2, 0, 0, 0, 1, 0, 0, 0, 0x7f, 0x7f]));
    await turns(3);
    expect(broken).toHaveLength(1);
  });
});
