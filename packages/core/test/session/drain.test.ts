import { describe, expect, test } from '@jest/globals';
import type { Notice } from '../../src/vocabulary/notice.js';
import { caught } from '../caught.js';
import { turns } from '../turns.js';
import { agentOf, deaf, echo, patient, startedPool } from '../pool/test-pool.js';

describe('a drain', () => {
  test('admits nothing more, lets running sessions finish and says how many did', async () => {
    const { pool } = await startedPool();
    const sessions = [await pool.open(), await pool.open()];
    const draining = pool.drain();
    expect(pool.state).toBe('draining');
    expect(await caught(() => pool.open())).toMatchObject({
      code: 'TENANTRY_POOL_DRAINING',
      retryAfterMs: 5_000,
    });
    await sessions[0]!.send('still served');
    expect((await sessions[0]!.messages.next()).value).toBe('still served');
    for (const session of sessions) await session.close();
    expect(await draining).toEqual({ finished: 2, drained: 0 });
    expect((await pool.snapshot()).runtime.state).toBe('draining');
  });

  test('is told to clients, also to one that listens later, with the time that is left', async () => {
    const { pool } = await startedPool({ agents: [patient] });
    const [early, later] = [await pool.open(), await pool.open()];
    const heard: Notice[] = [];
    const stop = early.onNotice((notice) => heard.push(notice));
    const draining = pool.drain({ timeoutMs: 1_000 });
    later.onNotice((notice) => heard.push(notice));
    stop();
    const notice = {
      reason: 'drained',
      leftMs: 1_000,
      used: null,
      limit: null,
      detail: 'a drain has begun',
    };
    expect(heard).toEqual([notice, notice]);
    for (const session of [early, later]) await session.cancel();
    await draining;
  });

  test('ends what is left at its deadline, as drained and not as failed', async () => {
    const { pool, clock } = await startedPool({ agents: [echo, patient], drainTimeoutMs: 1_000 });
    const [quick, slow] = [await pool.open(), await pool.open({ agent: 'patient' })];
    const draining = pool.drain();
    await quick.close();
    clock.advance(999);
    await turns();
    expect(slow.state).toBe('active');
    clock.advance(1);
    expect(await slow.done).toMatchObject({ reason: 'drained', status: 'cancelled' });
    expect(await draining).toEqual({ finished: 1, drained: 1 });
    expect((await pool.snapshot()).totals).toMatchObject({
      totalSessionFailures: 0,
      ends: { completed: 1, drained: 1 },
    });
  });

  test('waits out the grace time of an agent that ignores its abort, and no longer', async () => {
    const { pool, clock } = await startedPool({ agents: [deaf], abortGraceMs: 200 });
    await pool.open();
    const draining = pool.drain({ timeoutMs: 100 });
    await clock.whenArmed();
    clock.advance(100);
    await turns();
    clock.advance(200);
    expect(await draining).toEqual({ finished: 0, drained: 1 });
  });

  test('of an empty pool is over at once, and repeated calls share one', async () => {
    const { pool } = await startedPool();
    const first = pool.drain();
    expect(pool.drain({ timeoutMs: 5 })).toBe(first);
    expect(await first).toEqual({ finished: 0, drained: 0 });
  });

  test('that is asked for again keeps the earlier of the deadlines, and says so to its sessions', async () => {
    const heard: (number | null)[] = [];
    const listens = agentOf('listens', async (session) => {
      session.onNotice(({ leftMs }) => heard.push(leftMs));
      for await (const _ of session.messages);
    });
    const { pool, clock } = await startedPool({ agents: [listens] });
    const session = await pool.open();
    const first = pool.drain({ timeoutMs: 4_000 });
    const ofSession = pool.drain({ session: session.id, timeoutMs: 6_000 });
    await turns();
    clock.advance(100);
    expect([pool.drain({ timeoutMs: 5_000 }), pool.drain({ timeoutMs: 10 })]).toEqual([
      first,
      first,
    ]);
    clock.advance(9);
    await turns();
    expect(session.state).toBe('active');
    clock.advance(1);
    expect(await first).toEqual({ finished: 0, drained: 1 });
    expect(await ofSession).toEqual({ finished: 0, drained: 1 });
    expect(heard).toEqual([4_000, 10]);
  });

  test('of zero milliseconds ends everything now', async () => {
    const { pool } = await startedPool({ agents: [patient] });
    const session = await pool.open();
    expect(await pool.drain({ timeoutMs: 0 })).toEqual({ finished: 0, drained: 1 });
    expect((await session.done).reason).toBe('drained');
  });
});

describe('a close', () => {
  test('ends every session with shutdown and refuses everything afterwards', async () => {
    const { pool } = await startedPool({ agents: [patient] });
    const sessions = await Promise.all([pool.open(), pool.open({ tenant: 'acme' })]);
    await pool.close();
    for (const session of sessions) expect((await session.done).reason).toBe('shutdown');
    expect(pool.state).toBe('closed');
    expect((await caught(() => pool.open())).code).toBe('TENANTRY_POOL_CLOSED');
    expect((await caught(() => pool.start())).code).toBe('TENANTRY_POOL_ALREADY_STARTED');
    expect(await pool.drain()).toEqual({ finished: 0, drained: 0 });
    await pool.close();
  });

  test('cuts a drain short', async () => {
    const { pool } = await startedPool({ agents: [patient] });
    const session = await pool.open();
    const draining = pool.drain();
    await pool.close();
    expect((await session.done).reason).toBe('shutdown');
    expect(await draining).toEqual({ finished: 0, drained: 1 });
  });

  test('twice at once is one close', async () => {
    const { pool, log } = await startedPool({ agents: [patient] });
    await pool.open();
    await Promise.all([pool.close(), pool.close()]);
    expect(log.lines.filter(({ message }) => message === '[pool] closed')).toHaveLength(1);
  });

  test('is what leaving an `await using` block does', async () => {
    const { pool } = await startedPool();
    await pool[Symbol.asyncDispose]();
    expect(pool.state).toBe('closed');
  });
});
