import { describe, expect, test } from '@jest/globals';
import { codeOf } from '../../src/errors/errors.js';
import { caught } from '../caught.js';
import { turns } from '../turns.js';
import { agentOf, deaf, echo, patient, startedPool } from '../pool/test-pool.js';

describe('a session as its client holds it', () => {
  test('exchanges messages and ends with the agent’s result', async () => {
    const { pool, clock } = await startedPool({ deploymentVersion: 'v7' });
    const session = await pool.open({ tenant: 'acme' });
    await session.send({ n: 1 });
    expect((await session.messages.next()).value).toEqual({ n: 1 });
    clock.advance(40);
    expect(await session.close()).toEqual({
      status: 'succeeded',
      reason: 'completed',
      result: 1,
      session: session.id,
      tenant: 'acme',
      agent: 'echo',
      isolation: 'coroutine',
      isolate: 'main',
      durationMs: 40,
      cpuMs: null,
      blockedMs: null,
      memoryPeakBytes: null,
      moves: 0,
      messagesIn: 1,
      messagesOut: 1,
      deploymentVersion: 'v7',
    });
    expect(session.state).toBe('ended');
    expect(await session.done).toBe(await session.close());
  });

  test('gets every message its agent sent before the end, also after it', async () => {
    const { pool } = await startedPool({
      agents: [
        agentOf('teller', (one) => Promise.all([one.send('a'), one.send('b')]).then(() => 1)),
      ],
    });
    const session = await pool.open();
    await session.done;
    const seen: unknown[] = [];
    for await (const message of session.messages) seen.push(message);
    expect(seen).toEqual(['a', 'b']);
  });

  test('that closes lets an agent finish whose messages nobody reads, and can read them later', async () => {
    const { pool } = await startedPool({
      messages: { highWaterMessages: 4 },
      agents: [
        agentOf('wordy', async (one) => {
          for (let index = 0; index < 100; index += 1) await one.send(index);
          return 'finished';
        }),
      ],
    });
    const session = await pool.open();
    await turns();
    expect((await pool.snapshot()).sessions[0]).toMatchObject({ messagesOut: 4, queuedOut: 4 });
    expect((await session.close()).result).toBe('finished');
    const seen: unknown[] = [];
    for await (const message of session.messages) seen.push(message);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  test('refuses to send after its close and after its end, and says which', async () => {
    const { pool } = await startedPool();
    const session = await pool.open();
    const closing = session.close();
    const closed = await caught(() => session.send('x'));
    expect([closed.code, closed.session]).toEqual(['TENANTRY_SESSION_ENDED', session.id]);
    expect(closed.message).toContain('was closed by its client');
    await closing;
    const other = await pool.open();
    await other.cancel();
    expect((await caught(() => other.send('x'))).message).toContain('is ending (cancelled)');
  });

  test('is left unharmed by a message that is refused', async () => {
    const { pool } = await startedPool({ messages: { maxMessageBytes: 64, maxMessageDepth: 2 } });
    const session = await pool.open();
    const codes = [() => 1, 'x'.repeat(65), [[[[1]]]]].map((bad) =>
      caught(() => session.send(bad)),
    );
    expect((await Promise.all(codes)).map(codeOf)).toEqual([
      'TENANTRY_MESSAGE_UNCLONEABLE',
      'TENANTRY_MESSAGE_TOO_LARGE',
      'TENANTRY_MESSAGE_TOO_DEEP',
    ]);
    await session.send('fine');
    expect((await session.messages.next()).value).toBe('fine');
  });

  test('overflows where its client does not await send, and goes on', async () => {
    const { pool } = await startedPool({
      agents: [deaf],
      messages: { highWaterMessages: 1, maxWaitingMessages: 1 },
      abortGraceMs: 0,
    });
    const session = await pool.open();
    void session.send(1);
    void session.send(2);
    expect((await caught(() => session.send(3))).code).toBe('TENANTRY_CHANNEL_OVERFLOW');
    expect(session.state).toBe('active');
  });

  test('is cancelled by its client or its signal, with the first detail', async () => {
    const { pool } = await startedPool({ agents: [patient] });
    const session = await pool.open();
    void session.cancel('user hung up');
    const outcome = await session.cancel('again');
    expect([outcome.status, outcome.reason, codeOf(outcome.error)]).toEqual([
      'cancelled',
      'cancelled',
      'TENANTRY_SESSION_CANCELLED',
    ]);
    expect(outcome.error!.message).toContain('user hung up');
    const controller = new AbortController();
    const signalled = await pool.open({ signal: controller.signal });
    controller.abort();
    expect((await signalled.done).reason).toBe('cancelled');
    const late = await pool.open({ signal: AbortSignal.abort() });
    expect((await late.done).reason).toBe('cancelled');
  });

  test('ends with what its agent throws, whatever that is', async () => {
    const thrown: unknown = Object.create(null);
    const { pool } = await startedPool({ agents: [agentOf('odd', () => Promise.reject(thrown))] });
    const outcome = await (await pool.open()).done;
    expect([outcome.reason, outcome.status]).toEqual(['failed', 'failed']);
    expect((await pool.snapshot()).totals).toMatchObject({
      activeSessions: 0,
      totalSessionFailures: 1,
    });
  });
});

describe('a deadline', () => {
  test('ends a session that runs longer than maxDurationMs, to the millisecond', async () => {
    const { pool, clock } = await startedPool({ agents: [patient], maxDurationMs: 1_000 });
    const session = await pool.open();
    clock.advance(999);
    expect(session.state).toBe('active');
    clock.advance(1);
    expect(session.state).toBe('draining');
    const outcome = await session.done;
    expect([outcome.reason, outcome.status, codeOf(outcome.error)]).toEqual([
      'timed-out',
      'failed',
      'TENANTRY_SESSION_TIMED_OUT',
    ]);
  });

  test.each([
    [500, 1_000, 500],
    [2_000, 1_000, 1_000],
    [undefined, 1_000, 1_000],
    [500, undefined, 500],
  ])('of %p ms asked and %p ms allowed is the shorter one', async (asked, allowed, expectedMs) => {
    const limit = allowed === undefined ? {} : { maxDurationMs: allowed };
    const { pool, clock } = await startedPool({ agents: [patient], ...limit });
    const session = await pool.open({ maxDurationMs: asked });
    clock.advance(expectedMs - 1);
    expect(session.state).toBe('active');
    clock.advance(1);
    expect((await session.done).durationMs).toBe(expectedMs);
  });

  test('ends a session that is silent for idleTimeoutMs; a message either way starts it anew', async () => {
    const { pool, clock } = await startedPool({ idleTimeoutMs: 100 });
    const session = await pool.open();
    for (let turn = 0; turn < 3; turn += 1) {
      clock.advance(90);
      await session.send('hello');
      await turns();
    }
    clock.advance(99);
    expect(session.state).toBe('active');
    clock.advance(1);
    expect(await session.done).toMatchObject({
      reason: 'idle',
      status: 'cancelled',
      durationMs: 370,
    });
  });

  test('is not kept off by messages that are refused', async () => {
    const { pool, clock } = await startedPool({ agents: [patient], idleTimeoutMs: 100 });
    const session = await pool.open();
    clock.advance(60);
    await caught(() => session.send(() => 1));
    clock.advance(40);
    expect((await session.done).reason).toBe('idle');
  });

  test('leaves behind an agent that ignores its abort, when the grace time is over', async () => {
    const { pool, clock } = await startedPool({
      agents: [deaf],
      maxDurationMs: 100,
      abortGraceMs: 50,
    });
    const session = await pool.open();
    clock.advance(149);
    await turns();
    expect(session.state).toBe('draining');
    clock.advance(1);
    expect((await session.done).reason).toBe('timed-out');
    const { totals, tenants } = await pool.snapshot();
    expect([totals.ghosts, totals.activeSessions, tenants[0]!.active]).toEqual([1, 0, 0]);
  });

  test('that fell first is the reason, whatever comes in the grace time', async () => {
    const { pool, clock } = await startedPool({
      agents: [deaf],
      maxDurationMs: 100,
      idleTimeoutMs: 120,
      abortGraceMs: 500,
    });
    const session = await pool.open();
    clock.advance(200);
    void session.cancel();
    clock.advance(400);
    expect((await session.done).reason).toBe('timed-out');
  });

  test('leaves no timer behind when a session ends before it', async () => {
    const { pool, clock } = await startedPool({
      agents: [echo],
      maxDurationMs: 100,
      idleTimeoutMs: 50,
    });
    const armedBefore = clock.armedCount;
    const session = await pool.open();
    expect(clock.armedCount - armedBefore).toBe(2);
    await session.close();
    expect(clock.armedCount).toBe(armedBefore);
  });
});
