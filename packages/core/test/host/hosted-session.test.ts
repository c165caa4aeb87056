import { describe, expect, test } from '@jest/globals';
import { currentOwner } from '../../src/attribution/turn-scope.js';
import { codeOf } from '../../src/errors/errors.js';
import type { SessionEnd } from '../../src/host/session-end.js';
import type { Session } from '../../src/host/session.js';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { hosting } from './hosting.js';

type Failed = Extract<SessionEnd, { error: Error }>;

const until = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  );

describe('the end of a hosted session', () => {
  test('is what its agent returns, also without a promise', async () => {
    expect(hosting(() => ({ turns: 2 })).ends).toEqual([
      { reason: 'completed', result: { turns: 2 } },
    ]);
    const { ends } = hosting(() => Promise.resolve('later'));
    expect(ends).toEqual([]);
    await turns();
    expect(ends).toEqual([{ reason: 'completed', result: 'later' }]);
  });

  test('is what its agent throws, as an error of its own', async () => {
    const error = new RangeError('own');
    const throwing = (): never => {
      throw error;
    };
    expect(hosting(throwing).ends).toEqual([{ reason: 'failed', error }]);
    const { ends } = hosting(() => Promise.reject(error));
    await turns();
    expect(ends[0]).toMatchObject({ reason: 'failed', error });
    expect((ends[0] as { error: Error }).error).not.toBe(error);
  });

  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throws = (): never => {
    throw new Error('asked');
  };
  const trapping = { get: throws, has: throws, ownKeys: throws, getPrototypeOf: throws };
  test.each<readonly [string, unknown, RegExp]>([
    ['a text', 'boom', /boom/],
    ['undefined', undefined, /undefined/],
    ['a symbol', Symbol('s'), /symbol/],
    ['an object without prototype', Object.create(null), /object/],
    ['an object that does not print', { toString: throws, name: 5 }, /object/],
    ['a revoked proxy', revoked.proxy, /object/],
    ['a proxy that throws what it is asked', new Proxy({}, trapping), /object/],
    ['an object whose message is a bigint', { message: 10n }, /object/],
    ['an object whose message has a toJSON', { message: { toJSON: throws } }, /object/],
    [
      'an error whose message throws',
      Object.defineProperty(new Error(), 'message', { get: throws }),
      /object/,
    ],
  ])('has text where text belongs where %s was thrown', async (_name, thrown, message) => {
    const rejected = hosting(() => Promise.reject(thrown));
    const stray = hosting((session) => session.messages.next());
    stray.host.strayError(stray.session, thrown);
    await turns();
    for (const { reason, error } of [...rejected.ends, ...stray.ends] as Failed[]) {
      expect([reason, error.constructor]).toEqual(['failed', Error]);
      expect([error.name, error.message]).toEqual([
        expect.any(String),
        expect.stringMatching(message),
      ]);
      expect([typeof error.stack, codeOf(error)]).toEqual(['string', undefined]);
    }
    expect([rejected.ends.length, stray.ends.length]).toEqual([1, 1]);
    expect(stray.strays[0]!.error.message).toMatch(message);
  });

  test('reads what its agent has thrown as a turn of its own, each field once', async () => {
    const owners: unknown[] = [];
    const get = (): string => `read ${owners.push(currentOwner()?.id)}`;
    const odd = (): object => Object.defineProperties({}, { tenant: { get }, message: { get } });
    const { ends, host, session } = hosting((one) => one.messages.next());
    host.strayError(session, odd());
    expect(owners).toEqual(['s1', 's1']);
    expect((ends[0] as Failed).error.message).toMatch(/^read [12]$/);
  });

  test('by an abort has an error that its agent cannot change', () => {
    const { session, ends } = hosting((one) => until(one.signal));
    void session.signal;
    session.abort('cancelled');
    Object.assign(session.signal.reason as object, { message: 10n, code: 'E_FORGED' });
    session.abandon('cancelled');
    expect(ends).toMatchObject([
      { reason: 'cancelled', error: { code: 'TENANTRY_SESSION_CANCELLED' } },
    ]);
    expect(typeof (ends[0] as Failed).error.message).toBe('string');
  });

  test('is a failure with the path where the result cannot be carried', async () => {
    const { ends } = hosting(() => Promise.resolve({ list: [1, { run: () => 1 }] }));
    await turns();
    expect(ends[0]).toMatchObject({
      reason: 'failed',
      error: { code: 'TENANTRY_MESSAGE_UNCLONEABLE', details: { path: 'message.list[1].run' } },
    });
    const large = hosting(() => 'x'.repeat(100), { maxMessageBytes: 64 }).ends;
    expect(large[0]).toMatchObject({
      reason: 'failed',
      error: { code: 'TENANTRY_MESSAGE_TOO_LARGE' },
    });
  });

  test('is a copy of the result, which the agent cannot change afterwards', () => {
    const result = { turns: 1 };
    const { ends } = hosting(() => result);
    result.turns = 99;
    expect(ends).toEqual([{ reason: 'completed', result: { turns: 1 } }]);
  });

  test('is told once, however often a thenable settles', () => {
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what an agent may return
      then(resolve: (value: string) => void, reject: (error: Error) => void) {
        resolve('first');
        resolve('second');
        reject(new Error('third'));
      },
    };
    expect(hosting(() => thenable).ends).toEqual([{ reason: 'completed', result: 'first' }]);
  });

  test('is a failure where reading the returned value throws', () => {
    const error = new Error('getter');
    const hostile = {
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what an agent may return
      get then(): never {
        throw error;
      },
    };
    expect(hosting(() => hostile).ends).toEqual([{ reason: 'failed', error }]);
  });
});

describe('an abort', () => {
  test('aborts the signal and the messages with one coded reason, and waits for the agent', async () => {
    const seen: unknown[] = [];
    const { session, ends } = hosting(async (one) => {
      one.signal.addEventListener('abort', () => seen.push(one.signal.reason));
      seen.push(await caught(() => one.messages.next()));
    });
    session.abort('timed-out', 'longer than 5 ms');
    expect(ends).toEqual([]);
    await turns();
    expect(seen[0]).toBe(seen[1]);
    expect(seen[0]).toMatchObject({
      code: 'TENANTRY_SESSION_TIMED_OUT',
      message: 'session s1 of tenant "acme" ran longer than it may: longer than 5 ms',
      tenant: 'acme',
      session: 's1',
    });
    expect(ends).toEqual([{ reason: 'timed-out', error: seen[0] }]);
  });

  test('is seen by a signal that is asked for only afterwards', async () => {
    const { session } = hosting((one) => one.messages.next());
    session.abort('drained');
    expect(session.signal.aborted).toBe(true);
    expect(codeOf(session.signal.reason)).toBe('TENANTRY_SESSION_DRAINED');
    await turns();
  });

  test('refuses what the agent sends after it, with its reason', async () => {
    const finish = gate();
    const { session } = hosting(() => finish.promise);
    session.abort('cancelled');
    expect((await caught(() => session.send('late'))).code).toBe('TENANTRY_SESSION_CANCELLED');
    finish.open();
    await turns();
  });

  test.each<readonly [string, (one: Session) => Promise<unknown>]>([
    ['returns', (one) => until(one.signal).catch(() => 'tidied up')],
    ['throws the reason', (one) => until(one.signal)],
    [
      'throws another error',
      (one) => until(one.signal).catch(() => Promise.reject(new Error('other'))),
    ],
  ])('stays the cause of the end when the agent then %s', async (_how, run) => {
    const { session, ends } = hosting(run);
    session.abort('idle');
    session.abort('shutdown');
    await turns();
    expect(ends).toMatchObject([{ reason: 'idle', error: { code: 'TENANTRY_SESSION_IDLE' } }]);
  });

  test('stays the cause when an error nobody awaited follows it', async () => {
    const { host, session, ends } = hosting((one) =>
      until(one.signal).catch(() => new Promise(() => {})),
    );
    session.abort('cancelled');
    host.strayError(session, new Error('stray'));
    expect(ends).toMatchObject([
      { reason: 'cancelled', error: { code: 'TENANTRY_SESSION_CANCELLED' } },
    ]);
    await turns();
  });

  test('after the end changes nothing', async () => {
    const { session, ends } = hosting(() => 'done');
    session.abort('cancelled');
    session.abandon('cancelled');
    session.fail(new Error('late'));
    await turns();
    expect(ends).toEqual([{ reason: 'completed', result: 'done' }]);
    expect(session.signal.aborted).toBe(false);
  });
});

describe('an abandoned session', () => {
  test('has ended for its client and is a ghost until its code comes to an end', async () => {
    const finish = gate();
    const { host, session, ends } = hosting(() => finish.promise);
    session.abort('timed-out');
    session.abandon('cancelled');
    expect(ends).toMatchObject([{ reason: 'timed-out' }]);
    expect([host.ghostCount, session.isRunning, host.report()]).toEqual([1, false, []]);
    finish.open();
    await turns();
    expect([host.ghostCount, ends.length]).toEqual([0, 1]);
  });

  test('refuses further sends without a stray rejection for each', async () => {
    const finish = gate();
    const { session, client } = hosting(() => finish.promise);
    session.fail(new Error('own'));
    // Not awaited on purpose: jest fails this file on an unhandled rejection.
    for (let index = 0; index < 5; index += 1) void session.send(index);
    await turns();
    expect((await caught(() => session.send('late'))).code).toBe('TENANTRY_SESSION_ENDED');
    expect(client.inbox.receivedCount).toBe(0);
    finish.open();
    await turns();
  });

  test('sends nothing more to its client', async () => {
    const finish = gate();
    const { session, client } = hosting(() => finish.promise);
    session.abandon('cancelled');
    await caught(() => session.send('from the grave'));
    expect(client.inbox.receivedCount).toBe(0);
    finish.fail(new Error('nobody is told'));
    await turns();
  });
});

describe('an agent that does not await send', () => {
  test('fails with an overflow as soon as the queue is full, and not before', async () => {
    const finish = gate();
    const { session, ends, client, host } = hosting(
      (one) => {
        for (let index = 0; index < 100; index += 1) void one.send(index);
        return finish.promise;
      },
      { highWaterMessages: 4, maxWaitingMessages: 3 },
    );
    expect(ends).toMatchObject([
      { reason: 'failed', error: { code: 'TENANTRY_CHANNEL_OVERFLOW' } },
    ]);
    expect(codeOf(session.signal.reason)).toBe('TENANTRY_SESSION_ENDED');
    expect([client.inbox.receivedCount, host.ghostCount]).toEqual([7, 1]);
    finish.open();
    await turns();
    expect([ends.length, host.ghostCount]).toEqual([1, 0]);
  });

  test('does not fail below the mark, and what it sent arrives', async () => {
    const { ends, client } = hosting(
      (one) => {
        for (let index = 0; index < 7; index += 1) void one.send(index);
      },
      { highWaterMessages: 4, maxWaitingMessages: 3 },
    );
    expect(ends).toEqual([{ reason: 'completed', result: undefined }]);
    expect(client.inbox.receivedCount).toBe(7);
  });
});
