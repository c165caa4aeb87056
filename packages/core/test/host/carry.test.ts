import { describe, expect, test } from '@jest/globals';
import type { MoveAnswer } from '../../src/host/carry.js';
import type { Session } from '../../src/host/session.js';
import type { Notice } from '../../src/vocabulary/notice.js';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { hosting, type Hosting } from './hosting.js';

const notice: Notice = { reason: 'idle', leftMs: 10, used: 90, limit: 100, detail: 'soon' };

/** A session whose agent waits for ever; `act` is done in its first turn. */
function waiting(act: (session: Session) => unknown, limits = {}): Hosting {
  return hosting(async (session) => {
    await act(session);
    await new Promise(() => {});
  }, limits);
}

function asked({ session }: Hosting): MoveAnswer[] {
  const answers: MoveAnswer[] = [];
  session.askMove((answer) => void answers.push(answer));
  return answers;
}

const ready = async (session: Session, state: unknown = 1): Promise<void> => {
  void session.resumed;
  await session.checkpoint(state);
};

describe('a hosted session can be moved', () => {
  test('once its agent has asked what it was moved with and has checkpointed', () => {
    expect(waiting(() => {}).session.isCarryable).toBe(false);
    expect(waiting((session) => void session.resumed).session.isCarryable).toBe(false);
    expect(waiting((session) => session.checkpoint(1)).session.isCarryable).toBe(false);
    const hosted = waiting((session) => ready(session));
    expect([hosted.session.isCarryable, hosted.session.resumed]).toEqual([true, undefined]);
  });

  test('not before', () => {
    expect(asked(waiting(() => {}))).toEqual([{ kind: 'kept', why: 'not-carryable' }]);
  });

  test('at once where its checkpoint stands for all it has done', async () => {
    const state = { list: [1] };
    const hosted = waiting(async (session) => {
      await ready(session, state);
      state.list.push(2);
    });
    const broken = hosted.session.messages.next().catch((error: unknown) => error);
    expect(asked(hosted)).toEqual([
      {
        kind: 'moved',
        run: { state: { list: [1] }, consumedCount: 0, sentCount: 0 },
        unread: [],
        cost: undefined,
      },
    ]);
    expect(await broken).toMatchObject({ code: 'TENANTRY_SESSION_MOVED', session: 's1' });
    expect(hosted.session.signal.reason).toMatchObject({ code: 'TENANTRY_SESSION_MOVED' });
    expect([hosted.ends, hosted.host.ghostCount]).toEqual([[], 1]);
  });

  test('only at its next checkpoint after it has consumed or sent something', async () => {
    for (const act of ['consume', 'send'] as const) {
      const go = gate();
      const errors: unknown[] = [];
      const hosted = hosting(async (session) => {
        await ready(session, 'before');
        if (act === 'consume') await session.messages.next();
        else await session.send('said');
        await go.promise;
        await session.checkpoint('after').catch((error: unknown) => void errors.push(error));
      });
      await hosted.client.outbox.offer('a');
      await turns();
      const answers = asked(hosted);
      await turns();
      expect(answers).toEqual([]);
      go.open();
      await turns();
      expect(answers).toMatchObject([{ kind: 'moved', run: { state: 'after' } }]);
      expect(errors).toMatchObject([{ code: 'TENANTRY_SESSION_MOVED' }]);
    }
  });

  test('and gets no further message while it is asked to', async () => {
    const seen: unknown[] = [];
    const hosted = hosting(async (session) => {
      await ready(session);
      for await (const message of session.messages) seen.push(message);
      return 'closed';
    });
    void hosted.client.outbox.offer('a');
    await turns();
    const answers = asked(hosted);
    for (const text of ['b', 'c']) void hosted.client.outbox.offer(text);
    await turns();
    expect([seen, answers]).toEqual([['a'], []]);
    hosted.session.keepHere();
    hosted.agentInbox.close();
    await turns();
    expect([seen, answers]).toEqual([['a', 'b', 'c'], [{ kind: 'kept', why: 'given-up' }]]);
    expect(hosted.ends).toEqual([{ reason: 'completed', result: 'closed' }]);
  });

  test('with what it has not consumed, and after all it has said', async () => {
    const hosted = waiting(
      async (session) => {
        void session.resumed;
        for (const text of ['x', 'y', 'z']) void session.send(text);
        await session.checkpoint('said all');
      },
      { highWaterMessages: 1 },
    );
    void hosted.client.outbox.offer('a');
    const [answer] = asked(hosted);
    expect(answer).toMatchObject({ unread: [{ value: 'a' }], run: { sentCount: 3 } });
    expect(hosted.client.inbox.queuedCount).toBe(3);
  });

  test('and is told so wherever it goes on', async () => {
    const late: unknown[] = [];
    const hosted = waiting(async (session) => {
      await ready(session);
      session.signal.addEventListener('abort', () => {
        // What it says now is not part of the checkpoint.
        for (const call of [session.send('late'), session.checkpoint('late')]) {
          call.catch((error: unknown) => void late.push(error));
        }
      });
    });
    await turns();
    expect(asked(hosted)).toMatchObject([{ kind: 'moved', run: { state: 1 } }]);
    await turns();
    const moved = { code: 'TENANTRY_SESSION_MOVED' };
    expect(late).toMatchObject([moved, moved]);
    expect(hosted.client.inbox.queuedCount).toBe(0);
  });

  test('but not when it is told to end, which answers who has asked', async () => {
    const hosted = waiting(async (session) => {
      await ready(session);
      await session.send('said');
    });
    await turns();
    const answers = asked(hosted);
    hosted.session.abort('cancelled');
    expect(answers).toEqual([{ kind: 'kept', why: 'ended' }]);
    expect(asked(hosted)).toEqual([{ kind: 'kept', why: 'ended' }]);
  });
});

describe('a checkpoint', () => {
  test('is refused like a message, with the same codes', async () => {
    const errors: unknown[] = [];
    const hosted = waiting(
      async (session) => {
        for (const state of [() => 1, 'x'.repeat(65)]) {
          await session.checkpoint(state).catch((error: unknown) => void errors.push(error));
        }
      },
      { maxMessageBytes: 64 },
    );
    await turns();
    expect(errors).toMatchObject([
      { code: 'TENANTRY_MESSAGE_UNCLONEABLE' },
      { code: 'TENANTRY_MESSAGE_TOO_LARGE' },
    ]);
    expect(hosted.session.isRunning).toBe(true);
  });
});

describe('a resumed session', () => {
  const resumed = {
    state: { list: [1] },
    consumedCount: 4,
    sentCount: 5,
    underWayCount: 1,
    underWayBytes: 1,
  };

  test('has the state as its own, and can be moved on with it as it was', () => {
    const hosted = hosting(
      async (session) => {
        (session.resumed!.state as { list: number[] }).list.push(2);
        await new Promise(() => {});
      },
      {},
      { resumed },
    );
    expect(resumed.state).toEqual({ list: [1] });
    expect(hosted.session.resumed).toEqual({ state: { list: [1, 2] } });
    expect(asked(hosted)).toMatchObject([
      { kind: 'moved', run: { state: { list: [1] }, consumedCount: 4, sentCount: 5 } },
    ]);
  });

  test('counts on, and waits for what the client has yet to consume', async () => {
    const hosted = hosting(() => new Promise(() => {}), { highWaterMessages: 2 }, { resumed });
    expect([hosted.session.messageCount, hosted.session.sentCount]).toEqual([4, 5]);
    await expect(hosted.session.send('first')).resolves.toBeUndefined();
    let admitted = false;
    void hosted.session.send('second').then(() => (admitted = true));
    await turns();
    expect([admitted, hosted.client.inbox.queuedCount]).toEqual([false, 1]);
  });
});

describe('a notice', () => {
  test('is heard by every listener until it is removed', () => {
    const heard: unknown[] = [];
    let stop: () => void = () => {};
    const { session } = waiting((one) => {
      stop = one.onNotice((given) => heard.push(['first', given.reason]));
      one.onNotice((given) => heard.push(['second', given.reason]));
    });
    session.notice(notice);
    stop();
    session.notice({ ...notice, reason: 'drained' });
    expect(heard).toEqual([
      ['first', 'idle'],
      ['second', 'idle'],
      ['second', 'drained'],
    ]);
  });

  test('waits for the first listener, and not for the second', () => {
    const heard: Notice[] = [];
    const { session } = waiting(() => {});
    session.notice(notice);
    session.onNotice((given) => heard.push(given));
    session.onNotice((given) => heard.push(given));
    expect(heard).toEqual([notice]);
  });

  test('that makes its listener throw is a stray error of the session', async () => {
    const error = new Error('choked');
    const { session, strays, ends } = waiting((one) =>
      one.onNotice(() => {
        throw error;
      }),
    );
    session.notice(notice);
    expect([strays[0]?.error, ends]).toEqual([error, [{ reason: 'failed', error }]]);
    expect((await caught(() => session.send('x'))).code).toBe('TENANTRY_SESSION_ENDED');
  });

  test('comes too late for a session that has ended', () => {
    const heard: Notice[] = [];
    const { session } = hosting((one) => {
      one.onNotice((given) => heard.push(given));
      return 1;
    });
    session.notice(notice);
    expect(heard).toEqual([]);
  });
});
