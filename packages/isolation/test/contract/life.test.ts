/** A session's life, the same on every rung: how it starts, what it is given, how it ends. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { codeOf } from '@tenantry/core';
import { RUNGS, closePools, next, on, rejection, startPool } from '../support/rungs.js';

afterEach(closePools);

describe.each(RUNGS)('a session on the rung %s', (rung) => {
  test('completes with what its agent returns', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) }, deploymentVersion: 'v7' });
    const session = await pool.open({ tenant: 'acme', agent: 'echo' });
    expect(session.state).toBe('active');
    await session.send({ text: 'hello' });
    expect(await next(session)).toEqual({ text: 'hello' });
    const outcome = await session.close();
    expect(outcome).toMatchObject({
      status: 'succeeded',
      reason: 'completed',
      result: { turns: 1 },
      session: session.id,
      tenant: 'acme',
      agent: 'echo',
      isolation: rung,
      messagesIn: 1,
      messagesOut: 1,
      deploymentVersion: 'v7',
    });
    expect(session.state).toBe('ended');
    expect(await session.done).toBe(outcome);
  });

  test('is given its ids, input, frozen config and metadata', async () => {
    const config = { apiKey: 'k-1', nested: { list: [1, 2] } };
    const metadata = { room: 'support-42', at: new Date(7) };
    const pool = await startPool({ tenants: { acme: { ...on(rung), config } } });
    const session = await pool.open({
      tenant: 'acme',
      agent: 'shows-itself',
      input: new Map([['k', 1n]]),
      metadata,
    });
    const { result } = await session.done;
    expect(result).toMatchObject({
      id: session.id,
      tenant: 'acme',
      agent: 'shows-itself',
      config,
      isConfigFrozen: true,
      metadata,
    });
    expect((result as { input: unknown }).input).toEqual(new Map([['k', 1n]]));
  });

  test.each([
    ['at once', 'the agent threw'],
    ['later', 'the agent threw'],
  ])('fails with the error its agent throws %s: name, code and cause', async (when, message) => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const outcome = await (await pool.open({ tenant: 'acme', agent: 'throws', input: when })).done;
    expect(outcome).toMatchObject({ status: 'failed', reason: 'failed' });
    expect(outcome.error).toMatchObject({
      name: 'TypeError',
      message,
      code: 'E_THROWN',
      cause: { name: 'RangeError', message: 'the reason behind', code: 'E_BEHIND' },
    });
    expect(outcome.error?.stack).toContain('throws');
  });

  test('fails with an error also when what was thrown is none', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const outcome = await (
      await pool.open({ tenant: 'acme', agent: 'throws', input: 'no error' })
    ).done;
    expect(outcome.error?.message).toContain('a string');
    const odd = await (await pool.open({ tenant: 'acme', agent: 'throws', input: 'odd' })).done;
    expect([odd.error instanceof Error, odd.error?.message, codeOf(odd.error)]).toEqual([
      true,
      'thrown: an object',
      undefined,
    ]);
  });

  test('fails with the path when its result cannot be carried', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const outcome = await (
      await pool.open({ tenant: 'acme', agent: 'returns', input: 'function' })
    ).done;
    expect(outcome).toMatchObject({
      reason: 'failed',
      error: { code: 'TENANTRY_MESSAGE_UNCLONEABLE', details: { path: 'message.deep[0].field' } },
    });
  });

  test('is cancelled by its client, and its agent is told why', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const session = await pool.open({ tenant: 'acme', agent: 'heeds-abort' });
    expect(await next(session)).toBe('listening');
    const outcome = await session.cancel('no longer needed');
    expect(outcome).toMatchObject({
      status: 'cancelled',
      reason: 'cancelled',
      error: { code: 'TENANTRY_SESSION_CANCELLED' },
    });
    expect(outcome.error?.message).toContain('no longer needed');
  });

  test('is cancelled by the signal it was opened with', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const controller = new AbortController();
    const session = await pool.open({
      tenant: 'acme',
      agent: 'heeds-abort',
      signal: controller.signal,
    });
    controller.abort();
    expect((await session.done).reason).toBe('cancelled');
  });

  test('ends at its deadline', async () => {
    const pool = await startPool({ tenants: { acme: { ...on(rung), maxDurationMs: 60 } } });
    const session = await pool.open({ tenant: 'acme', agent: 'heeds-abort' });
    expect(await session.done).toMatchObject({
      status: 'failed',
      reason: 'timed-out',
      error: { code: 'TENANTRY_SESSION_TIMED_OUT' },
    });
  });

  test('ends when it was silent for too long, and not before', async () => {
    const pool = await startPool({ tenants: { acme: { ...on(rung), idleTimeoutMs: 150 } } });
    const session = await pool.open({ tenant: 'acme', agent: 'echo' });
    const startedMs = performance.now();
    for (let turn = 0; turn < 5; turn += 1) {
      await session.send(turn);
      await next(session);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(session.state).toBe('active');
    const outcome = await session.done;
    expect(outcome).toMatchObject({ status: 'cancelled', reason: 'idle' });
    expect(performance.now() - startedMs).toBeGreaterThan(350);
  });

  test('that ignores its abort is left behind after its grace time and counted', async () => {
    const pool = await startPool({ tenants: { acme: { ...on(rung), abortGraceMs: 50 } } });
    const deaf = await pool.open({ tenant: 'acme', agent: 'ignores-abort' });
    const neighbour = await pool.open({ tenant: 'acme', agent: 'echo' });
    expect(await next(deaf)).toBe('deaf');
    expect(await deaf.cancel()).toMatchObject({ reason: 'cancelled' });
    await neighbour.send('still here');
    expect(await next(neighbour)).toBe('still here');
    expect((await pool.snapshot()).totals.ghosts).toBe(1);
  });

  test('refuses messages once it has ended, with the reason', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const session = await pool.open({ tenant: 'acme', agent: 'echo' });
    await session.close();
    const error = await rejection(session.send('too late'));
    expect(error.code).toBe('TENANTRY_SESSION_ENDED');
    expect(error.message).toContain(session.id);
  });

  test('is told of by observers from start to end', async () => {
    const told: string[] = [];
    const pool = await startPool({
      tenants: { acme: on(rung) },
      observers: [
        {
          onSessionStart: (info) => void told.push(`start ${info.rung}`),
          onSessionEnd: async (_info, outcome) => void told.push(`end ${outcome.reason}`),
        },
      ],
    });
    await (await pool.open({ tenant: 'acme', agent: 'echo' })).close();
    await pool.close();
    expect(told).toEqual([`start ${rung}`, 'end completed']);
  });

  test('is drained: it may finish, and is ended with "drained" at the deadline', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const quick = await pool.open({ tenant: 'acme', agent: 'echo' });
    const slow = await pool.open({ tenant: 'acme', agent: 'heeds-abort' });
    const report = pool.drain({ timeoutMs: 200 });
    expect((await rejection(pool.open({ tenant: 'acme', agent: 'echo' }))).code).toBe(
      'TENANTRY_POOL_DRAINING',
    );
    expect((await quick.close()).reason).toBe('completed');
    expect((await slow.done).reason).toBe('drained');
    expect(await report).toEqual({ finished: 1, drained: 1 });
  });

  test('ends with "shutdown" when its pool closes', async () => {
    const pool = await startPool({ tenants: { acme: on(rung) } });
    const session = await pool.open({ tenant: 'acme', agent: 'heeds-abort' });
    await pool.close();
    expect((await session.done).reason).toBe('shutdown');
  });

  test('is in the snapshot with its tenant, place and counts', async () => {
    const pool = await startPool({ tenants: { acme: { ...on(rung), maxSessions: 3 } } });
    const session = await pool.open({ tenant: 'acme', agent: 'echo' });
    await session.send(1);
    await next(session);
    const snapshot = await pool.snapshot();
    expect(snapshot.sessions).toEqual([
      expect.objectContaining({ session: session.id, rung, messagesIn: 1, messagesOut: 1 }),
    ]);
    expect(snapshot.sessionsByTenant).toEqual({ acme: 1 });
    expect(snapshot.sessionsByAgent).toEqual({ echo: 1 });
    expect(snapshot.tenants[0]).toMatchObject({ tenant: 'acme', rung, active: 1, maxSessions: 3 });
    const place = snapshot.isolates.find(({ rung: where }) => where === rung);
    expect(place).toMatchObject({ state: 'ready', freshness: 'fresh', sessions: 1 });
    expect(place?.heapUsedBytes).toBeGreaterThan(0);
    expect(place?.cpuMs).toBeGreaterThan(0);
  });

  test('never overshoots a cap: 1,000 simultaneous opens against 7 admit exactly 7', async () => {
    const pool = await startPool({ tenants: { acme: { ...on(rung), maxSessions: 7 } } });
    const opened = await Promise.allSettled(
      Array.from({ length: 1_000 }, () => pool.open({ tenant: 'acme', agent: 'echo' })),
    );
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    const refusals = opened.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refusals[0]).toMatchObject({ code: 'TENANTRY_TENANT_CAP', retryAfterMs: 1_000 });
    const { tenants } = await pool.snapshot();
    expect(tenants[0]).toMatchObject({ active: 7, refusals: { 'tenant-cap': 993 } });
  });
});
