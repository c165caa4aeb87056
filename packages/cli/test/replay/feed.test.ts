import { describe, expect, test } from '@jest/globals';
import type { Outcome, SessionRecording } from '@tenantry/core';
import { Inbox, ClonedMessage } from '@tenantry/core/internal';
import { Feed, type FedSession } from '../../src/replay/feed.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { COMPLETED, out, recordingOf } from '../fixtures/sample-recording.js';

const input = (value: unknown) => ({ kind: 'in', value }) as const;
const NOTICE = { reason: 'idle', leftMs: 5, used: 5, limit: 10, detail: 'd' } as const;
const WAIT_MS = 1_000;

/** A session whose agent is the test: what it is given is kept, what it says is said by hand. */
class FakeSession {
  readonly given: unknown[] = [];
  readonly messages = new Inbox();
  readonly done: Promise<Outcome>;
  end!: () => void;

  constructor() {
    this.done = new Promise((resolve) => {
      this.end = () => {
        this.messages.close();
        resolve({} as Outcome);
      };
    });
  }

  say(value: unknown): void {
    this.messages.push(new ClonedMessage(value, 8));
  }

  async send(message: unknown): Promise<void> {
    this.given.push(message);
  }

  close(): Promise<Outcome> {
    this.given.push('closed');
    return this.done;
  }

  notice(notice: object): void {
    this.given.push(notice);
  }

  abort(reason: string, detail?: string): void {
    this.given.push([reason, detail]);
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function fed(recording: SessionRecording) {
  const [session, clock] = [new FakeSession(), new ManualClock()];
  const result = new Feed(session as unknown as FedSession, clock, WAIT_MS).run(recording);
  return { session, clock, result };
}

describe('what a session is given again', () => {
  test('comes after as many messages of its agent as it did', async () => {
    const { session, result } = fed(
      recordingOf([
        input(1),
        input({ $: 'date', v: 0 }),
        out('a'),
        out('b'),
        { kind: 'notice', notice: NOTICE },
        input(3),
        out('c'),
        { kind: 'closed' },
      ]),
    );
    await settled();
    expect(session.given).toEqual([1, new Date(0)]);
    session.say('anything');
    await settled();
    expect(session.given.length).toBe(2);
    session.say('b');
    await settled();
    expect(session.given.slice(2)).toEqual([NOTICE, 3]);
    session.say('c');
    await settled();
    expect(session.given.at(-1)).toBe('closed');
    session.end();
    expect(await result).toBeNull();
  });

  test('ends with what ended it', async () => {
    const abort = { kind: 'abort', reason: 'timed-out', detail: 'longer than 5 ms' } as const;
    const { session, result } = fed(recordingOf([out(1), abort]));
    session.say(1);
    await settled();
    expect(session.given).toEqual([['timed-out', 'longer than 5 ms']]);
    session.end();
    expect(await result).toBeNull();
  });

  test('stops where the session ends before, or its recording is cut', async () => {
    const early = fed(recordingOf([out(1), input(2)]));
    early.session.end();
    expect(await early.result).toBeNull();
    expect(early.session.given).toEqual([]);
    const cut = { afterEvents: 1, droppedEvents: 5, droppedBytes: 50 };
    const gap = fed(recordingOf([input(1), input(9)], COMPLETED, cut));
    expect(await gap.result).toBeNull();
    expect(gap.session.given).toEqual([1]);
  });

  test('is given up where a message, or the end, does not come', async () => {
    const { session, clock, result } = fed(recordingOf([out(1), out(2), input(3)]));
    await settled();
    await clock.advance(WAIT_MS - 1);
    session.say(1);
    await settled();
    await clock.advance(WAIT_MS - 1);
    await settled();
    await clock.advance(1);
    expect(await result).toBe(2);
    const endless = fed(recordingOf([out(1)]));
    endless.session.say(1);
    await settled();
    await endless.clock.advance(WAIT_MS);
    expect(await endless.result).toBe('end');
  });
});
