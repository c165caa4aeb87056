/** The soft stage of every limit, the same on every rung: a notice first, the end behind it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Notice, RuntimeEvent, SessionHandle } from '@tenantry/core';
import { onThisMachine } from '../support/machine.js';
import {
  ISOLATE_RUNGS,
  RUNGS,
  closePools,
  next,
  on,
  startPool,
  until,
  type LogLine,
} from '../support/rungs.js';

afterEach(closePools);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All notices that a session of `hears-notices` tells until it ends. */
async function noticesOf(session: SessionHandle): Promise<Notice[]> {
  const notices: Notice[] = [];
  for await (const notice of session.messages) notices.push(notice as Notice);
  return notices;
}

describe.each(RUNGS)('on the rung %s', (rung) => {
  test('the longest duration is told before it ends the session', async () => {
    const limits = { maxDurationMs: 400, softLimitRatio: 0.25, abortGraceMs: 50 };
    const pool = await startPool({ tenants: { acme: { ...on(rung), ...limits } } });
    const session = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    const toClient: Notice[] = [];
    session.onNotice((notice) => toClient.push(notice));
    const notices = await noticesOf(session);
    expect(notices).toEqual([
      { reason: 'timed-out', leftMs: 300, used: 100, limit: 400, detail: 'it may last 400 ms' },
    ]);
    expect(toClient).toEqual(notices);
    expect((await session.done).reason).toBe('timed-out');
  });

  test('silence is told once, and again after a message', async () => {
    const limits = { idleTimeoutMs: 3_000, softLimitRatio: 0.05, abortGraceMs: 50 };
    const pool = await startPool({ tenants: { acme: { ...on(rung), ...limits } } });
    const session = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    const first = (await next(session)) as Notice;
    expect(first).toMatchObject({ reason: 'idle', limit: 3_000 });
    expect(first.leftMs).toBeLessThanOrEqual(2_850);
    // The notice's own way to the client is a message: the silence begins anew.
    expect(await next(session)).toMatchObject({ reason: 'idle' });
    expect(session.state).toBe('active');
    await session.cancel();
  });

  test('a drain is told with the time that is left', async () => {
    const pool = await startPool({ tenants: { acme: { ...on(rung), abortGraceMs: 50 } } });
    const session = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    const hearing = noticesOf(session);
    await pool.drain({ timeoutMs: 150 });
    expect(await hearing).toEqual([
      { reason: 'drained', leftMs: 150, used: null, limit: null, detail: 'a drain has begun' },
    ]);
  });

  test('the end of the pool is told with nothing left but the grace', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tenantry-notes-'));
    try {
      const input = join(folder, 'notes');
      const pool = await startPool({ tenants: { acme: on(rung) } });
      const session = await pool.open({ tenant: 'acme', agent: 'notes-shutdown', input });
      await pool.close();
      expect((await session.done).reason).toBe('shutdown');
      expect(await readFile(input, 'utf8')).toBe('shutdown 0\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a listener that throws fails its session as a stray error', async () => {
    const events: RuntimeEvent[] = [];
    const pool = await startPool({
      tenants: { acme: { ...on(rung), maxDurationMs: 10_000, softLimitRatio: 0.005 } },
      observers: [{ onRuntimeEvent: (event) => void events.push(event) }],
    });
    const session = await pool.open({ tenant: 'acme', agent: 'chokes-on-notices' });
    expect(await session.done).toMatchObject({
      reason: 'failed',
      error: { message: 'choked on timed-out' },
    });
    await until('it is told', () => events.some(({ kind }) => kind === 'session.stray-error'));
  });

  test('a notice that nobody has heard waits for the first listener', async () => {
    const limits = { maxDurationMs: 20_000, softLimitRatio: 0.001 };
    const pool = await startPool({ tenants: { acme: { ...on(rung), ...limits } } });
    const session = await pool.open({ tenant: 'acme', agent: 'listens-late' });
    await sleep(100);
    await session.send('listen');
    expect(await next(session)).toMatchObject({ reason: 'timed-out' });
    await session.send('listen');
    await session.send('done');
    // The second listener is not told what the first one has heard.
    expect(await next(session)).toBe('done');
  });
});

describe.each(ISOLATE_RUNGS)('on the rung %s', (rung) => {
  test.each(['loop', 'native'])('a CPU limit ends a session that is in a %s', async (way) => {
    const events: RuntimeEvent[] = [];
    const pool = await startPool({
      tenants: { acme: { ...on(rung), cpuLimitSeconds: 0.4 } },
      enableIntrospection: true,
      observers: [{ onRuntimeEvent: (event) => void events.push(event) }],
    });
    const session = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    const startedMs = performance.now();
    await session.send(way);
    const outcome = await session.done;
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: 'cpu-limit',
      error: { code: 'TENANTRY_CPU_LIMIT' },
    });
    expect(outcome.error?.message).toContain('the limit is 0.4 s');
    // Seen from outside: it has never reported.
    expect(outcome.cpuMs).toBeGreaterThan(300);
    expect(outcome.memoryPeakBytes).toBeGreaterThan(1_000_000);
    expect(outcome.blockedMs).toBeGreaterThan(0);
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeLessThan(await onThisMachine(4_000));
    await until('its end is told', () => events.some(({ kind }) => kind === 'isolate.ended'));
    expect(events.find(({ kind }) => kind === 'isolate.ended')).toMatchObject({
      reason: 'cpu-limit',
      abnormal: true,
      offender: session.id,
    });
  });

  test.each([
    ['CPU', { cpuLimitSeconds: 1.5, softLimitRatio: 0.2 }, 'burn', 'cpu-limit'],
    [
      'memory',
      { memoryLimitMb: rung === 'thread' ? 200 : 400, softLimitRatio: 0.5 },
      'grow',
      'memory-limit',
    ],
  ] as const)('near its %s limit', async (_what, limits, way, reason) => {
    const pool = await startPool({ tenants: { acme: { ...on(rung), ...limits } } });
    const heavy = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    const beside = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    const toClient = new Promise((resolve) => beside.onNotice(resolve));
    await heavy.send(way);
    // Everybody in the isolate is told, agents and clients.
    const notice = (await next(heavy)) as Notice;
    expect(await toClient).toEqual(notice);
    expect(notice).toMatchObject({ reason, leftMs: null });
    expect(notice.used).toBeGreaterThanOrEqual(notice.limit! * limits.softLimitRatio);
    expect(notice.used).toBeLessThan(notice.limit!);
    expect(await next(beside)).toMatchObject({ reason });
    // Nobody new comes there.
    const later = await pool.open({ tenant: 'acme', agent: 'echo' });
    const { sessions, isolates } = await pool.snapshot();
    const placeOf = (id: string) => sessions.find(({ session }) => session === id)?.isolate;
    expect(placeOf(later.id)).not.toBe(placeOf(beside.id));
    const old = isolates.find(({ isolate }) => isolate === placeOf(beside.id));
    expect(old?.state).toBe('draining');
    if (way === 'grow') await heavy.send('more');
    // It ends at the hard limit, or when it is empty.
    expect((await heavy.done).reason).toBe(reason);
    expect((await beside.done).reason).toBe(reason);
    expect((await later.close()).reason).toBe('completed');
  });

  test('a retired isolate ends when its last session has ended', async () => {
    const events: RuntimeEvent[] = [];
    const pool = await startPool({
      tenants: { acme: { ...on(rung), cpuLimitSeconds: 60, softLimitRatio: 0.005 } },
      observers: [{ onRuntimeEvent: (event) => void events.push(event) }],
    });
    const session = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    await session.send('burn');
    expect(await next(session)).toMatchObject({ reason: 'cpu-limit', limit: 60 });
    await session.close();
    await until('its isolate has ended', () => events.some(({ kind }) => kind === 'isolate.ended'));
    expect(events.find(({ kind }) => kind === 'isolate.ended')).toMatchObject({
      reason: 'recycled',
      abnormal: false,
    });
  });

  test('what a session had used by the last report is in its outcome when its isolate dies', async () => {
    const pool = await startPool({
      tenants: { acme: { ...on(rung), cpuLimitSeconds: 0.6 } },
      enableIntrospection: true,
      isolateOptions: { reportIntervalMs: 50 },
    });
    const session = await pool.open({ tenant: 'acme', agent: 'hears-notices' });
    await session.send('burn');
    const outcome = await session.done;
    expect(outcome.reason).toBe('cpu-limit');
    expect(outcome.cpuMs).toBeGreaterThan(100);
    expect(outcome.blockedMs).not.toBeNull();
  });
});

test('a CPU limit is ignored on the shared loop', async () => {
  const lines: LogLine[] = [];
  const pool = await startPool({ tenants: { acme: { cpuLimitSeconds: 0.001 } } }, lines);
  const session = await pool.open({ tenant: 'acme', agent: 'echo' });
  await sleep(150);
  expect((await session.close()).reason).toBe('completed');
});
