import { describe, expect, test } from '@jest/globals';
import { ClonedMessage } from '../../src/channel/cloned-message.js';
import { Outbox } from '../../src/channel/outbox.js';
import { MessageLimits } from '../../src/channel/message-limits.js';
import { thrownBy } from '../caught.js';
import { turns } from '../turns.js';

function outboxOf(limits: Parameters<typeof MessageLimits.parse>[0]): {
  outbox: Outbox;
  delivered: unknown[];
} {
  const delivered: unknown[] = [];
  const outbox = new Outbox(MessageLimits.parse(limits), ({ value }) => void delivered.push(value));
  return { outbox, delivered };
}

describe('an outbox', () => {
  test('does not wait below the high-water mark and waits above it', async () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 2 });
    expect([outbox.offer('a'), outbox.offer('b')]).toEqual([undefined, undefined]);
    let admitted = false;
    const waiting = outbox.offer('c')!.then(() => (admitted = true));
    await turns();
    expect([delivered, admitted, outbox.queuedCount]).toEqual([['a', 'b'], false, 3]);
    outbox.credit(1, 1);
    await waiting;
    expect([delivered, outbox.queuedCount]).toEqual([['a', 'b', 'c'], 2]);
  });

  test('lets a later message wait behind an earlier one that waits', () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 1 });
    void outbox.offer('a');
    void outbox.offer('b');
    void outbox.offer('c');
    outbox.credit(1, 1);
    expect(delivered).toEqual(['a', 'b']);
    outbox.credit(1, 1);
    expect(delivered).toEqual(['a', 'b', 'c']);
  });

  test('waits by bytes as well as by messages', () => {
    const { outbox, delivered } = outboxOf({ highWaterBytes: 64 });
    expect(outbox.offer('x'.repeat(63))).toBeUndefined();
    expect(outbox.offer('y')).toBeUndefined();
    expect(outbox.offer('z')).toBeInstanceOf(Promise);
    outbox.credit(1, 63);
    expect(delivered).toHaveLength(3);
  });

  test('lets one message larger than the window pass', () => {
    const { outbox, delivered } = outboxOf({ highWaterBytes: 64 });
    expect(outbox.offer('x'.repeat(1_000))).toBeUndefined();
    expect(outbox.offer('y')).toBeInstanceOf(Promise);
    expect(delivered).toHaveLength(1);
  });

  test('refuses when too many wait, and the refused message is not sent later', () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 1, maxWaitingMessages: 2 });
    for (const text of ['a', 'b', 'c']) void outbox.offer(text);
    const error = thrownBy(() => outbox.offer('d'));
    expect(error).toMatchObject({
      code: 'TENANTRY_CHANNEL_OVERFLOW',
      retryable: true,
      details: { waitingMessages: 2, waitingBytes: 2 },
    });
    outbox.flush();
    expect(delivered).toEqual(['a', 'b', 'c']);
    expect(outbox.sentCount).toBe(3);
  });

  test('refuses when too many bytes wait, but always lets one wait', () => {
    const { outbox } = outboxOf({ highWaterMessages: 1, maxWaitingBytes: 10 });
    void outbox.offer('a');
    expect(outbox.offer('x'.repeat(100))).toBeInstanceOf(Promise);
    expect(thrownBy(() => outbox.offer('y')).code).toBe('TENANTRY_CHANNEL_OVERFLOW');
    outbox.credit(1, 1);
    expect(outbox.offer('z')).toBeInstanceOf(Promise);
  });

  test('leaves a transferred buffer with its sender when it overflows', () => {
    const { outbox } = outboxOf({ highWaterMessages: 1, maxWaitingMessages: 0 });
    void outbox.offer('a');
    const buffer = new ArrayBuffer(8);
    expect(thrownBy(() => outbox.offer({ buffer }, { transfer: [buffer] })).code).toBe(
      'TENANTRY_CHANNEL_OVERFLOW',
    );
    expect(buffer.byteLength).toBe(8);
  });

  test('takes a message as it is when it is offered', () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 1 });
    const draft = { text: 'first' };
    void outbox.offer('a');
    void outbox.offer(draft);
    draft.text = 'changed afterwards';
    outbox.flush();
    expect(delivered[1]).toEqual({ text: 'first' });
  });

  test('counts nothing for a message it refuses', () => {
    const { outbox, delivered } = outboxOf({});
    expect(thrownBy(() => outbox.offer({ run: () => 1 })).code).toBe(
      'TENANTRY_MESSAGE_UNCLONEABLE',
    );
    expect([outbox.sentCount, outbox.queuedCount, delivered.length]).toEqual([0, 0, 0]);
  });

  test('sends what waits when it is flushed, and credit counts it as under way', async () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 1 });
    void outbox.offer('a');
    const waiting = outbox.offer('b')!;
    outbox.flush();
    await waiting;
    expect([delivered, outbox.queuedCount]).toEqual([['a', 'b'], 2]);
    outbox.credit(1, 1);
    expect(outbox.offer('c')).toBeInstanceOf(Promise);
    outbox.credit(1, 1);
    expect(delivered).toEqual(['a', 'b', 'c']);
  });

  test('refuses everything after its close, with the first reason it was given', () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 1 });
    void outbox.offer('a');
    void outbox.offer('b');
    outbox.close(() => new Error('first'));
    outbox.close(() => new Error('second'));
    expect(delivered).toEqual(['a', 'b']);
    expect(() => outbox.offer('c')).toThrow('first');
    expect(delivered).toHaveLength(2);
  });

  test('notes when the last message was taken', () => {
    let nowMs = 5;
    const outbox = new Outbox(
      MessageLimits.parse({}),
      () => {},
      () => nowMs,
    );
    expect(outbox.lastAtMs).toBe(0);
    void outbox.offer('a');
    nowMs = 9;
    thrownBy(() => outbox.offer(() => 1));
    expect(outbox.lastAtMs).toBe(5);
  });
});

describe('an outbox that is held', () => {
  test('lets nothing go, whatever credit comes, and all of it when it is released', async () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 2 });
    void outbox.offer('a');
    outbox.hold();
    const waiting = [outbox.offer('b')!, outbox.offer('c')!];
    outbox.credit(1, 1);
    expect(delivered).toEqual(['a']);
    outbox.release();
    await Promise.all(waiting);
    expect(delivered).toEqual(['a', 'b', 'c']);
  });

  test('gives its next receiver first what the last one had left', () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 2 });
    void outbox.offer('a');
    void outbox.offer('b');
    outbox.hold();
    void outbox.offer('c');
    const there: unknown[] = [];
    outbox.rejoin(({ value }) => void there.push(value), [new ClonedMessage('b', 1)]);
    outbox.release();
    expect([delivered, there, outbox.queuedCount]).toEqual([['a', 'b'], ['b', 'c'], 2]);
  });

  test('refuses what comes after its close, and lets go what came before', () => {
    const { outbox, delivered } = outboxOf({ highWaterMessages: 1 });
    outbox.hold();
    for (const text of ['a', 'b', 'c']) void outbox.offer(text);
    outbox.close(() => new Error('closed'));
    expect(thrownBy(() => outbox.offer('d')).message).toBe('closed');
    expect(delivered).toEqual([]);
    outbox.release();
    expect(delivered).toEqual(['a', 'b', 'c']);
  });
});
