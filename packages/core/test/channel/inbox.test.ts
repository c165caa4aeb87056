import { describe, expect, test } from '@jest/globals';
import { ClonedMessage } from '../../src/channel/cloned-message.js';
import { Inbox } from '../../src/channel/inbox.js';
import { caught } from '../caught.js';

const message = (value: unknown, bytes = 1): ClonedMessage => new ClonedMessage(value, bytes);

function inboxOf(...values: unknown[]): { inbox: Inbox; credits: number[] } {
  const inbox = new Inbox();
  const credits: number[] = [];
  inbox.onConsumed = (count, bytes) => void credits.push(count, bytes);
  for (const value of values) inbox.push(message(value));
  return { inbox, credits };
}

describe('an inbox', () => {
  test('hands messages over in their order and gives credit only for what was consumed', async () => {
    const { inbox, credits } = inboxOf('a');
    inbox.push(message('b', 70));
    expect(credits).toEqual([]);
    expect((await inbox.next()).value).toBe('a');
    expect(credits).toEqual([1, 1]);
    expect((await inbox.next()).value).toBe('b');
    expect(credits).toEqual([1, 1, 1, 70]);
    expect([inbox.receivedCount, inbox.consumedCount, inbox.queuedCount]).toEqual([2, 2, 0]);
  });

  test('gives each message to one of several readers, the longest waiting first', async () => {
    const { inbox } = inboxOf();
    const readers = [inbox.next(), inbox.next()];
    inbox.push(message('a'));
    inbox.push(message('b'));
    expect((await Promise.all(readers)).map(({ value }) => value)).toEqual(['a', 'b']);
  });

  test('carries undefined and null as messages', async () => {
    const { inbox } = inboxOf(undefined, null);
    inbox.close();
    const seen: unknown[] = [];
    for await (const value of inbox) seen.push(value);
    expect(seen).toEqual([undefined, null]);
  });

  test('goes on in a second loop after the first one was left', async () => {
    const { inbox } = inboxOf('a', 'b', 'c');
    inbox.close();
    for await (const value of inbox) if (value === 'a') break;
    const rest: unknown[] = [];
    for await (const value of inbox) rest.push(value);
    expect(rest).toEqual(['b', 'c']);
  });

  test('keeps its order through thousands of messages taken and added in turns', async () => {
    const { inbox } = inboxOf();
    let next = 0;
    for (let round = 0; round < 50; round += 1) {
      for (let index = 0; index < 100; index += 1) inbox.push(message(round * 100 + index));
      for (let index = 0; index < 60; index += 1) expect((await inbox.next()).value).toBe(next++);
    }
    expect(inbox.queuedCount).toBe(2_000);
    while (inbox.queuedCount > 0) expect((await inbox.next()).value).toBe(next++);
    expect(next).toBe(5_000);
  });

  test('after its close hands out what is queued, then the end, and takes nothing more', async () => {
    const { inbox } = inboxOf('a');
    inbox.close();
    inbox.push(message('late'));
    expect(await inbox.next()).toEqual({ done: false, value: 'a' });
    expect(await inbox.next()).toEqual({ done: true, value: undefined });
    expect(await inbox.next()).toEqual({ done: true, value: undefined });
    expect(inbox.receivedCount).toBe(1);
  });

  test('ends waiting readers when it is closed', async () => {
    const { inbox } = inboxOf();
    const waiting = inbox.next();
    inbox.close();
    expect((await waiting).done).toBe(true);
  });

  test('gives up what is queued when it breaks, and every reader gets the error', async () => {
    const { inbox, credits } = inboxOf('a', 'b');
    inbox.break(new Error('aborted'));
    expect((await caught(() => inbox.next())).message).toBe('aborted');
    expect((await caught(() => inbox.next())).message).toBe('aborted');
    expect([inbox.queuedCount, credits]).toEqual([0, []]);
    const waitingInbox = inboxOf().inbox;
    const waiting = waitingInbox.next();
    waitingInbox.break(new Error('aborted'));
    expect((await caught(() => waiting)).message).toBe('aborted');
  });

  test('that broke stays broken, and one that closed can still break', async () => {
    const { inbox } = inboxOf();
    inbox.break(new Error('first'));
    inbox.close();
    inbox.break(new Error('second'));
    expect((await caught(() => inbox.next())).message).toBe('first');
    const closed = inboxOf('a').inbox;
    closed.close();
    closed.break(new Error('aborted'));
    expect((await caught(() => closed.next())).message).toBe('aborted');
  });
});

describe('reading ahead', () => {
  test('gives credit for so many messages without a reader, and not again when they are read', async () => {
    const { inbox, credits } = inboxOf('a', 'b', 'c');
    inbox.readAhead(2);
    expect(credits).toEqual([1, 1, 1, 1]);
    inbox.close();
    const seen: unknown[] = [];
    for await (const value of inbox) seen.push(value);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(credits).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('credits every message once with its own bytes, whatever comes and goes meanwhile', async () => {
    const { inbox, credits } = inboxOf();
    for (const bytes of [1, 2, 4]) inbox.push(message('early', bytes));
    inbox.readAhead(2);
    await inbox.next();
    await inbox.next();
    for (const bytes of [8, 16, 32]) inbox.push(message('late', bytes));
    while (inbox.queuedCount > 0) await inbox.next();
    const bytes = credits.filter((_, index) => index % 2 === 1);
    expect(bytes.sort((a, b) => a - b)).toEqual([1, 2, 4, 8, 16, 32]);
  });
});

describe('an inbox that is held', () => {
  test('hands out nothing, then everything in the order in which it was asked for', async () => {
    const { inbox } = inboxOf();
    const early = inbox.next();
    inbox.hold();
    inbox.push(message('a'));
    inbox.push(message('b'));
    const later = [inbox.next(), inbox.next()];
    inbox.close();
    expect([inbox.consumedCount, inbox.queuedCount]).toEqual([0, 2]);
    inbox.release();
    const taken = await Promise.all([early, ...later]);
    expect(taken).toEqual([
      { done: false, value: 'a' },
      { done: false, value: 'b' },
      { done: true, value: undefined },
    ]);
  });

  test('gives up what nobody has consumed, oldest first', async () => {
    const { inbox } = inboxOf('a', 'b', 'c');
    await inbox.next();
    inbox.hold();
    expect(inbox.untold()).toEqual({ count: 2, bytes: 2 });
    expect(inbox.takeUnread().map(({ value }) => value)).toEqual(['b', 'c']);
    expect([inbox.queuedCount, inbox.takeUnread()]).toEqual([0, []]);
  });

  test('breaks like any other', async () => {
    const { inbox } = inboxOf();
    const waiting = inbox.next();
    inbox.hold();
    inbox.break(new Error('over'));
    expect((await caught(() => waiting)).message).toBe('over');
  });
});
