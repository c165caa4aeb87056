import { describe, expect, test } from '@jest/globals';
import { turns } from '../support/turns.js';
import { MemoryCarrier } from '../support/memory-carrier.js';
import { limitsWith } from '../support/message-limits.js';
import { ClonedMessage, type MessageLimits } from '@tenantry/core/internal';
import type { FrameSignal } from '../../src/wire/messages.js';
import { SessionLink } from '../../src/wire/session-link.js';

function linkWith(limits: Partial<MessageLimits> = {}): {
  link: SessionLink;
  carrier: MemoryCarrier;
  signals: FrameSignal[];
} {
  const carrier = new MemoryCarrier();
  const signals: FrameSignal[] = [];
  const link = new SessionLink(carrier, limitsWith(limits), (signal) => void signals.push(signal));
  return { link, carrier, signals };
}

describe('a session link, sending', () => {
  test('puts the messages of one turn into one frame', async () => {
    const { link, carrier } = linkWith();
    for (const text of ['a', 'bb', 'ccc']) void link.end.outbox.offer(text);
    expect(carrier.posted).toEqual([]);
    await turns();
    expect(carrier.posted).toEqual([[0, 0, ['a', 'bb', 'ccc'], [1, 2, 3], null]]);
  });

  test('puts the messages of two turns into two frames', async () => {
    const { link, carrier } = linkWith();
    void link.end.outbox.offer('a');
    await turns();
    void link.end.outbox.offer('b');
    await turns();
    expect(carrier.posted.map(([, , messages]) => messages)).toEqual([['a'], ['b']]);
  });

  test('puts messages sent by promises of the same turn into the same frame', async () => {
    const { link, carrier } = linkWith();
    void link.end.outbox.offer('a');
    void Promise.resolve().then(() => link.end.outbox.offer('b'));
    await turns();
    expect(carrier.posted).toHaveLength(1);
  });

  test('posts a signal at once, behind what was sent before it', () => {
    const { link, carrier } = linkWith();
    void link.end.outbox.offer('last');
    link.signal({ kind: 'close' });
    expect(carrier.posted).toEqual([[0, 0, ['last'], [4], { kind: 'close' }]]);
  });

  test('posts nothing more for messages that a signal took along', async () => {
    const { link, carrier } = linkWith();
    void link.end.outbox.offer('last');
    link.signal({ kind: 'close' });
    await turns();
    expect(carrier.posted).toHaveLength(1);
  });

  test('names the buffers that need not be copied', async () => {
    const { link, carrier } = linkWith();
    const [first, second] = [new ArrayBuffer(16), new ArrayBuffer(32)];
    void link.end.outbox.offer({ first }, { transfer: [first] });
    void link.end.outbox.offer({ second }, { transfer: [second] });
    void link.end.outbox.offer(new Uint8Array(8));
    await turns();
    expect(first.byteLength).toBe(0);
    expect(carrier.moved[0]!.map(({ byteLength }) => byteLength).slice(0, 2)).toEqual([16, 32]);
    const [message] = carrier.posted[0]![2] as [{ first: ArrayBuffer }];
    expect(carrier.moved[0]).toContain(message.first);
  });

  test('does not name them again in the next frame', async () => {
    const { link, carrier } = linkWith();
    const buffer = new ArrayBuffer(16);
    void link.end.outbox.offer(buffer, { transfer: [buffer] });
    await turns();
    void link.end.outbox.offer('text');
    await turns();
    expect(carrier.moved.map(({ length }) => length)).toEqual([1, 0]);
  });
});

describe('a session link, receiving', () => {
  test('tells the signal of a frame after its messages are there', async () => {
    const { link, carrier, signals } = linkWith();
    carrier.say({ kind: 'close' }, ['a', 'b']);
    expect([link.end.inbox.queuedCount, signals]).toEqual([2, [{ kind: 'close' }]]);
    expect((await link.end.inbox.next()).value).toBe('a');
  });

  test('gives credit when a quarter of the window by count has been consumed', async () => {
    const { link, carrier } = linkWith({ highWaterMessages: 16 });
    carrier.say(null, [1, 2, 3, 4, 5]);
    for (let taken = 0; taken < 3; taken += 1) await link.end.inbox.next();
    await turns();
    expect(carrier.posted).toEqual([]);
    await link.end.inbox.next();
    await turns();
    expect(carrier.posted).toEqual([[4, 32, [], [], null]]);
  });

  test('gives credit when a quarter of the window by bytes has been consumed', async () => {
    const { link, carrier } = linkWith({ highWaterBytes: 128 });
    carrier.arrive([0, 0, ['a', 'b'], [31, 1], null]);
    await link.end.inbox.next();
    await turns();
    expect(carrier.posted).toEqual([]);
    await link.end.inbox.next();
    await turns();
    expect(carrier.posted).toEqual([[2, 32, [], [], null]]);
  });

  test('lets credit that is not due yet travel with a message', async () => {
    const { link, carrier } = linkWith();
    carrier.say(null, [1]);
    await link.end.inbox.next();
    void link.end.outbox.offer('answer');
    await turns();
    expect(carrier.posted).toEqual([[1, 8, ['answer'], [6], null]]);
  });

  test('lets what waits go on when credit arrives', async () => {
    const { link, carrier } = linkWith({ highWaterMessages: 1 });
    void link.end.outbox.offer('a');
    const waiting = link.end.outbox.offer('b')!;
    await turns();
    carrier.arrive([1, 1, [], [], null]);
    await waiting;
    await turns();
    expect(carrier.posted.map(([, , messages]) => messages)).toEqual([['a'], ['b']]);
  });
});

describe('a closed session link', () => {
  test('closes its carrier and sends nothing more', async () => {
    const { link, carrier } = linkWith();
    void link.end.outbox.offer('too late');
    link.close();
    link.signal({ kind: 'close' });
    await turns();
    expect([carrier.isClosed, carrier.posted]).toEqual([true, []]);
  });

  test('takes nothing more', () => {
    const { link, carrier, signals } = linkWith();
    link.close();
    carrier.say({ kind: 'close' }, ['a']);
    expect([link.end.inbox.queuedCount, signals]).toEqual([0, []]);
  });
});

describe('a session link that takes over its client’s end', () => {
  test('sends first what was not consumed elsewhere, and credit for what was meanwhile', async () => {
    const { link: old } = linkWith({ highWaterMessages: 4 });
    for (const text of ['a', 'b']) void old.end.outbox.offer(text);
    for (const value of ['x', 'y']) old.end.inbox.push(new ClonedMessage(value, 1));
    await turns();
    old.end.outbox.hold();
    void old.end.outbox.offer('c');
    const carrier = new MemoryCarrier();
    const carried = { end: old.end, unread: [new ClonedMessage('b', 1)] };
    const limits = limitsWith({ highWaterMessages: 4 });
    const link = new SessionLink(
      carrier,
      limits,
      () => {},
      () => 0,
      carried,
    );
    expect(link.end).toBe(old.end);
    await old.end.inbox.next();
    link.join(carried, 1, 1);
    old.end.outbox.release();
    await old.end.inbox.next();
    await turns();
    expect(carrier.posted).toEqual([[2, 2, ['b', 'c'], [1, 1], null]]);
  });
});
