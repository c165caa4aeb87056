import { describe, expect, test } from '@jest/globals';
import { currentOwner, runAsNobody } from '../../src/attribution/turn-scope.js';
import { clocked, spin } from '../attribution/clocked.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { hosting, type Hosting } from './hosting.js';

describe('a session host', () => {
  test('runs every turn of an agent under its session', async () => {
    const owners: unknown[] = [];
    const { session } = hosting(async () => {
      owners.push(currentOwner()?.id);
      await turns();
      owners.push(currentOwner()?.id);
      runAsNobody(() => owners.push(currentOwner()));
    });
    expect(currentOwner()).toBeUndefined();
    await turns(3);
    expect(owners).toEqual([session.id, session.id, undefined]);
  });

  test('forgets a session when it has ended', async () => {
    const finish = gate();
    const { host, session } = hosting(() => finish.promise);
    expect(session.isRunning).toBe(true);
    expect(host.report()).toEqual([
      { session: 's1', messagesConsumed: 0, messagesSent: 0, usage: null },
    ]);
    finish.open();
    await turns();
    expect([session.isRunning, host.report(), host.ghostCount]).toEqual([false, [], 0]);
  });

  test('fails a running session of an error nobody awaited, and tells its agent', async () => {
    const error = new Error('stray');
    const { host, session, ends, strays } = hosting((one) => one.messages.next());
    host.strayError(session, error);
    expect(ends).toEqual([{ reason: 'failed', error }]);
    expect(session.signal.aborted).toBe(true);
    expect(strays).toEqual([{ session: 's1', tenant: 'acme', agent: 'echo', error }]);
    await turns();
    expect(host.ghostCount).toBe(0);
  });

  test.each([
    ['aborted', ({ session }: Hosting) => session.abort('cancelled')],
    ['failed', ({ host, session }: Hosting) => host.strayError(session, new Error('stray'))],
    ['moved', ({ session }: Hosting) => session.askMove(() => {})],
  ])('has abort listeners blamed on their session when it is %s', async (_how, breakOff) => {
    const { clock, told } = clocked();
    const owners: unknown[] = [];
    const hosted = hosting(
      async (one) => {
        one.signal.addEventListener('abort', () => {
          owners.push(currentOwner()?.id);
          spin(80);
        });
        void one.resumed;
        await one.checkpoint(1);
        await one.messages.next();
      },
      {},
      { turns: clock },
    );
    await turns();
    breakOff(hosted);
    expect([owners, currentOwner()]).toEqual([['s1'], undefined]);
    expect((await told(1))[0]).toMatchObject({ cause: 'session', owner: { id: 's1' } });
  });

  test('counts an error of a session that has ended, and changes nothing', () => {
    const { host, session, ends, strays } = hosting(() => 'done');
    host.strayError(session, new Error('late'));
    expect(ends).toEqual([{ reason: 'completed', result: 'done' }]);
    expect([host.strayErrorCount, strays.length]).toEqual([1, 1]);
  });
});
