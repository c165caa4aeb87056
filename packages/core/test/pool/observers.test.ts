import { describe, expect, test } from '@jest/globals';
import { currentOwner } from '../../src/attribution/turn-scope.js';
import { isObserver, type Observer, type SessionInfo } from '../../src/pool/observers.js';
import type { Outcome } from '../../src/session/outcome.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { until } from '../until.js';
import { agentOf, echo, startedPool } from './test-pool.js';

describe('an observer', () => {
  test('is told of every start and end, with what the session was about', async () => {
    const told: unknown[] = [];
    const observer: Observer = {
      onSessionStart: (info) => void told.push(['start', info]),
      onSessionEnd: (info, outcome) => void told.push(['end', info, outcome]),
    };
    const { pool, clock } = await startedPool({ observers: [observer], deploymentVersion: 'v7' });
    const session = await pool.open({ tenant: 'acme', metadata: { room: 'echo-1' } });
    const info: SessionInfo = {
      session: session.id,
      tenant: 'acme',
      agent: 'echo',
      rung: 'coroutine',
      isolate: 'main',
      metadata: { room: 'echo-1' },
      startedAtMs: clock.epochMs(),
      deploymentVersion: 'v7',
    };
    clock.advance(5);
    const outcome: Outcome = await session.close();
    await turns(2);
    expect(told).toEqual([
      ['start', info],
      ['end', info, outcome],
    ]);
  });

  test.each<readonly [string, () => Promise<void> | void]>([
    ['is slow', () => turns(50)],
    [
      'throws',
      () => {
        throw new Error('own');
      },
    ],
    ['rejects', () => Promise.reject(new Error('own'))],
    ['never settles', () => new Promise(() => {})],
  ])('that %s delays no session and breaks none', async (_how, call) => {
    const observer: Observer = { onSessionStart: call, onSessionEnd: call };
    const heard: string[] = [];
    const other: Observer = { onSessionEnd: ({ session }) => void heard.push(session) };
    const { pool } = await startedPool({ observers: [observer, other] });
    const session = await pool.open();
    await session.send('a');
    expect((await session.messages.next()).value).toBe('a');
    expect((await session.close()).reason).toBe('completed');
    await turns(2);
    expect(heard).toEqual([session.id]);
  });

  test('that fails at every session is complained of once a minute', async () => {
    const observer: Observer = {
      onSessionEnd: () => {
        throw new Error('own');
      },
    };
    const { pool, clock, log } = await startedPool({ observers: [observer] });
    const complaints = (): number =>
      log.lines.filter(({ message }) => message.startsWith('[observer]')).length;
    for (let index = 0; index < 20; index += 1) await (await pool.open()).close();
    await turns(2);
    expect(complaints()).toBe(1);
    clock.advance(60_000);
    await (await pool.open()).close();
    await turns(2);
    expect(complaints()).toBe(2);
  });

  test('is told in nobody’s turn, so that its errors are no session’s', async () => {
    const owners: unknown[] = [];
    const observer: Observer = { onSessionEnd: () => void owners.push(currentOwner()) };
    const { pool } = await startedPool({
      observers: [observer],
      agents: [agentOf('brief', async () => 1)],
    });
    await (
      await pool.open()
    ).done;
    await turns(2);
    expect(owners).toEqual([undefined]);
  });

  test('that was removed hears nothing more', async () => {
    const heard: string[] = [];
    const { pool } = await startedPool();
    const remove = pool.addObserver({ onSessionStart: ({ session }) => void heard.push(session) });
    const session = await pool.open();
    await turns(2);
    remove();
    await pool.open();
    await turns(2);
    expect(heard).toEqual([session.id]);
  });

  test('is waited for by a close, up to drainTimeoutMs', async () => {
    const finish = gate();
    const { pool } = await startedPool({ observers: [{ onSessionEnd: () => finish.promise }] });
    await (await pool.open()).close();
    let closed = false;
    const closing = pool.close().then(() => (closed = true));
    await turns(5);
    expect(closed).toBe(false);
    finish.open();
    await closing;
    const never = await startedPool({
      observers: [{ onSessionEnd: () => new Promise(() => {}) }],
      drainTimeoutMs: 700,
    });
    await (await never.pool.open()).close();
    let isOver = false;
    void never.pool.close().then(() => (isOver = true));
    await turns(5);
    expect(isOver).toBe(false);
    await until('it is closed', () => {
      never.clock.advance(700);
      return isOver;
    });
    expect(never.pool.state).toBe('closed');
  });
});

test.each([
  [{ onSessionStart: () => {} }, true],
  [{ onSessionEnd: () => {} }, true],
  [{ onRuntimeEvent: () => {} }, true],
  [{ onSessionstart: () => {} }, false],
  [{ onSessionStart: 'yes' }, false],
  [{}, false],
  [null, false],
  [echo, false],
])('%p is an observer: %p', (value, answer) => {
  expect(isObserver(value)).toBe(answer);
});
