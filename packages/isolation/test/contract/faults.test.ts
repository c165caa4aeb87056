/**
 * What an agent can do to the loop it runs on, in a thread and in a child: each fault ends its isolate
 * with a reason of its own, and nobody else's session.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { codeOf, type AgentPool, type Outcome } from '@tenantry/core';
import { onThisMachine } from '../support/machine.js';
import {
  ISOLATE_RUNGS,
  closePools,
  next,
  on,
  rejection,
  startPool,
  until,
  type LogLine,
} from '../support/rungs.js';

afterEach(closePools);

describe.each(ISOLATE_RUNGS)('a fault on the rung %s', (rung) => {
  const start = (
    isolateOptions: object = {},
    tenant: object = {},
    lines: LogLine[] = [],
  ): Promise<AgentPool> =>
    startPool(
      {
        tenants: { bad: { ...on(rung), ...tenant }, good: on(rung) },
        isolateOptions: { unresponsiveMs: 500, ...isolateOptions },
      },
      lines,
    );

  /** Runs one session of the bad tenant beside one of the good tenant, which must not notice. */
  async function provoke(pool: AgentPool, agent: string, input: unknown): Promise<Outcome> {
    const neighbour = await pool.open({ tenant: 'good', agent: 'echo' });
    const session = await pool.open({ tenant: 'bad', agent, input });
    await session.send('go');
    const outcome = await session.done;
    await neighbour.send('alive');
    expect(await next(neighbour)).toBe('alive');
    expect((await neighbour.close()).reason).toBe('completed');
    return outcome;
  }

  async function lastEnd(pool: AgentPool): Promise<{ reason: string; detail: string } | undefined> {
    const { isolates } = await pool.snapshot();
    return isolates.find(({ tenant }) => tenant === 'bad')?.lastEnd ?? undefined;
  }

  test.each(['loop', 'regex', 'microtasks', 'ticks', 'finally', 'wait'])(
    'a loop that never ends (%s) is unresponsive',
    async (way) => {
      const pool = await start();
      expect(await provoke(pool, 'loops-forever', way)).toMatchObject({
        status: 'failed',
        reason: 'isolate-unresponsive',
        error: { code: 'TENANTRY_ISOLATE_UNRESPONSIVE' },
      });
      expect(await lastEnd(pool)).toMatchObject({ reason: 'unresponsive' });
    },
  );

  test.each([0, 3, 13])('process.exit(%i) is an exit, not a completion', async (code) => {
    const pool = await start();
    expect(await provoke(pool, 'exits', code)).toMatchObject({
      status: 'failed',
      reason: 'isolate-crashed',
      error: { code: 'TENANTRY_ISOLATE_CRASHED' },
    });
    expect((await lastEnd(pool))?.detail).toContain(`exit code ${code}`);
  });

  test('a session that outlives its deadline on a stuck loop keeps its own reason', async () => {
    const pool = await start({ unresponsiveMs: 60_000 }, { abortGraceMs: 100 });
    const beside = await pool.open({ tenant: 'bad', agent: 'heeds-abort' });
    expect(await next(beside)).toBe('listening');
    const offender = await pool.open({
      tenant: 'bad',
      agent: 'loops-forever',
      input: 'loop',
      maxDurationMs: 500,
    });
    await offender.send('go');
    expect((await offender.done).reason).toBe('timed-out');
    expect((await beside.done).reason).toBe('isolate-unresponsive');
    expect(await lastEnd(pool)).toMatchObject({ reason: 'unresponsive' });
  });

  test.each(['rejection', 'timer'])(
    'a stray %s is told with its session and harms nobody',
    async (way) => {
      const told: unknown[] = [];
      const pool = await startPool({
        tenants: { bad: on(rung) },
        observers: [{ onRuntimeEvent: (event) => void told.push(event) }],
      });
      const neighbour = await pool.open({ tenant: 'bad', agent: 'echo' });
      const session = await pool.open({ tenant: 'bad', agent: 'rejects-after-return', input: way });
      expect(await session.done).toMatchObject({ reason: 'completed', result: 'returned' });
      const event = expect.objectContaining({
        kind: 'session.stray-error',
        session: session.id,
        tenant: 'bad',
        message: expect.stringMatching(/rejected after return|thrown by a timer/),
      });
      await until('the stray error is told', () => told.some((one) => event.asymmetricMatch(one)));
      await neighbour.send('alive');
      expect(await next(neighbour)).toBe('alive');
      expect((await pool.snapshot()).totals.strayErrors).toBe(1);
    },
  );

  test('an abort listener that throws is told with its session and harms nobody', async () => {
    const pool = await start();
    const neighbour = await pool.open({ tenant: 'bad', agent: 'echo' });
    const session = await pool.open({ tenant: 'bad', agent: 'chokes-on-abort', input: 'throws' });
    expect((await session.cancel()).reason).toBe('cancelled');
    await until(
      'the stray error is told',
      async () => (await pool.snapshot()).totals.strayErrors === 1,
    );
    await neighbour.send('alive');
    expect(await next(neighbour)).toBe('alive');
  });

  test('a stray error of a running session fails that session', async () => {
    const pool = await start();
    const session = await pool.open({
      tenant: 'bad',
      agent: 'rejects-after-return',
      input: 'while running',
    });
    expect(await session.done).toMatchObject({
      reason: 'failed',
      error: { message: 'rejected after return' },
    });
  });

  test.each(['objects', 'array', 'buffers'])(
    'memory filled with %s is stopped at the limit, the host alive',
    async (way) => {
      const pool = await start(
        { unresponsiveMs: 20_000 },
        { memoryLimitMb: rung === 'thread' ? 64 : 160 },
      );
      expect(await provoke(pool, 'grows', way)).toMatchObject({
        status: 'failed',
        reason: 'memory-limit',
        error: { code: 'TENANTRY_MEMORY_LIMIT' },
      });
      expect((await lastEnd(pool))?.reason).toMatch(/^(memory-limit|oom-heap)$/);
    },
  );

  test('a flood of printed lines is cut off and says how much was dropped', async () => {
    const lines: LogLine[] = [];
    const pool = await start(
      { maxOutputBytesPerSecond: 100_000, unresponsiveMs: 20_000 },
      {},
      lines,
    );
    await pool.open({ tenant: 'bad', agent: 'echo' });
    const beforeBytes = process.memoryUsage.rss();
    const outcome = await provoke(pool, 'prints', { lines: 8_000, text: 'x'.repeat(65_536) });
    expect(outcome.result).toBe(8_000);
    await until('the drop is told', () =>
      lines.some(({ droppedBytes }) => droppedBytes !== undefined),
    );
    const printed = lines.filter(({ stream }) => stream === 'stdout');
    const bytes = printed.reduce((sum, { msg }) => sum + msg.length, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(2_000_000);
    expect(process.memoryUsage.rss() - beforeBytes).toBeLessThan(64 * 1_048_576);
  });

  test('messages to a stuck loop are held back, then refused, and the host stays small', async () => {
    const pool = await start({ unresponsiveMs: 60_000 });
    const session = await pool.open({ tenant: 'bad', agent: 'loops-forever', input: 'loop' });
    await session.send('go');
    const beforeBytes = process.memoryUsage.rss();
    const text = 'x'.repeat(65_536);
    const sends = Array.from({ length: 8_000 }, () => session.send(text));
    const first = await Promise.race(sends.map((sent) => sent.then(() => 'sent', codeOf)));
    const refused = await rejection(sends.at(-1)!);
    expect(first).toBe('sent');
    expect(refused.code).toBe('TENANTRY_CHANNEL_OVERFLOW');
    expect(process.memoryUsage.rss() - beforeBytes).toBeLessThan(64 * 1_048_576);
    const [row] = (await pool.snapshot()).sessions.filter(({ tenant }) => tenant === 'bad');
    expect(row!.queuedIn).toBeLessThan(200);
  });

  test('what a guest prints and logs carries tenant and isolate', async () => {
    const lines: LogLine[] = [];
    const pool = await start({}, {}, lines);
    const session = await pool.open({
      tenant: 'bad',
      agent: 'prints',
      input: { lines: 1, text: 'hello' },
    });
    await session.send('go');
    await session.done;
    await until('the lines arrive', () => lines.some(({ msg }) => msg === 'printed'));
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: '0 hello', stream: 'stdout', tenant: 'bad', rung }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'printed', session: session.id, agent: 'prints', rung }),
    );
  });

  test('more ghosts than allowed recycle the isolate', async () => {
    const pool = await start({ maxGhosts: 1, reportIntervalMs: 50 }, { abortGraceMs: 1 });
    const first = await pool.open({ tenant: 'bad', agent: 'echo' });
    const isolate = (await pool.snapshot()).sessions[0]!.isolate;
    for (let ghost = 0; ghost < 2; ghost += 1) {
      const deaf = await pool.open({ tenant: 'bad', agent: 'ignores-abort' });
      await deaf.cancel();
    }
    await until('it drains', async () =>
      (await pool.snapshot()).isolates.some(
        (row) => row.isolate === isolate && row.state === 'draining',
      ),
    );
    const second = await pool.open({ tenant: 'bad', agent: 'echo' });
    expect(
      (await pool.snapshot()).sessions.find(({ session }) => session === second.id),
    ).not.toMatchObject({ isolate });
    await first.send('served to the end');
    expect(await next(first)).toBe('served to the end');
    await first.close();
    await until('it is gone', async () =>
      (await pool.snapshot()).isolates.every((row) => row.isolate !== isolate),
    );
  });

  test('an agent that fails to load there is refused with its code', async () => {
    const pool = await start();
    const refused = await rejection(pool.open({ tenant: 'bad', agent: 'fails-in-isolate' }));
    expect(refused).toMatchObject({ code: 'TENANTRY_AGENT_LOAD_FAILED' });
    expect(refused.message).toContain('not in here');
    const { tenants, totals } = await pool.snapshot();
    expect(tenants.find(({ tenant }) => tenant === 'bad')).toMatchObject({
      active: 0,
      started: 0,
      refusals: { placement: 1 },
    });
    expect(totals.activeSessions).toBe(0);
  });

  test('an agent that never finishes loading there is refused in time', async () => {
    const pool = await start({ startTimeoutMs: 2_000 });
    const refused = await rejection(pool.open({ tenant: 'bad', agent: 'hangs-in-isolate' }));
    expect(refused.code).toMatch(/^TENANTRY_(AGENT_LOAD_TIMEOUT|SESSION_START_TIMEOUT)$/);
    const session = await pool.open({ tenant: 'bad', agent: 'echo' });
    expect((await session.close()).reason).toBe('completed');
  });
});

describe('a fault in native code', () => {
  test('in a child is ended with the child', async () => {
    const pool = await startPool({
      tenants: { bad: on('process') },
      isolateOptions: { unresponsiveMs: 300 },
    });
    const session = await pool.open({
      tenant: 'bad',
      agent: 'blocks-natively',
      input: 20_000,
    });
    await session.send('go');
    const sentMs = performance.now();
    expect((await session.done).reason).toBe('isolate-unresponsive');
    // The call itself takes twenty seconds.
    expect(performance.now() - sentMs).toBeLessThan(await onThisMachine(3_000));
  });

  test('in a thread leaves it stuck: visible, told, and its place taken', async () => {
    const told: { kind: string }[] = [];
    const pool = await startPool({
      tenants: { bad: on('thread'), other: on('thread') },
      isolateOptions: { unresponsiveMs: 300, maxIsolates: 1 },
      observers: [{ onRuntimeEvent: (event) => void told.push(event) }],
    });
    // Seconds, longer than a terminate is waited for, short enough to end the test; however busy the machine is.
    const session = await pool.open({ tenant: 'bad', agent: 'waits-natively', input: 5 });
    await session.send('go');
    expect((await session.done).reason).toBe('isolate-unresponsive');
    await until('it is stuck', () => told.some(({ kind }) => kind === 'isolate.stuck'));
    expect((await pool.snapshot()).isolates).toContainEqual(
      expect.objectContaining({ tenant: 'bad', state: 'stuck' }),
    );
    expect((await rejection(pool.open({ tenant: 'other', agent: 'echo' }))).code).toBe(
      'TENANTRY_ISOLATE_LIMIT',
    );
    await until('native code ends and the place is free', async () => {
      const opened = await pool.open({ tenant: 'other', agent: 'echo' }).catch(() => undefined);
      return opened !== undefined;
    });
  });
});

describe('the hard memory limit of a child', () => {
  const start = (): Promise<AgentPool> =>
    startPool({
      tenants: { bad: { ...on('process'), memoryHardLimitMb: 120 } },
      isolateOptions: { unresponsiveMs: 20_000 },
    });

  test.each(['objects', 'array'])('ends it when its heap fills with %s', async (way) => {
    const pool = await start();
    const session = await pool.open({ tenant: 'bad', agent: 'grows', input: way });
    await session.send('go');
    expect((await session.done).reason).toBe('memory-limit');
    const row = (await pool.snapshot()).isolates.find(({ tenant }) => tenant === 'bad');
    expect(row?.lastEnd).toMatchObject({ reason: 'oom-heap', offender: session.id });
  });

  test('refuses Buffers beyond it', async () => {
    const pool = await start();
    const session = await pool.open({ tenant: 'bad', agent: 'grows', input: 'buffers' });
    await session.send('go');
    const outcome = await session.done;
    expect(outcome.status).toBe('failed');
    expect(['failed', 'memory-limit']).toContain(outcome.reason);
  });
});

describe('a child that is killed', () => {
  test.each([
    ['SIGKILL', 'signal', 'SIGKILL'],
    ['SIGSEGV', 'signal', 'SIGSEGV'],
    ['SIGTERM', 'signal', 'SIGTERM'],
  ] as const)('by %s from outside ends with that reason', async (signal, reason, detail) => {
    const pool = await startPool({ tenants: { bad: on('process') } });
    const session = await pool.open({ tenant: 'bad', agent: 'echo' });
    const { isolates } = await pool.snapshot();
    process.kill(isolates.find(({ rung }) => rung === 'process')!.pid!, signal);
    expect((await session.done).reason).toBe('isolate-crashed');
    const after = (await pool.snapshot()).isolates.find(({ tenant }) => tenant === 'bad');
    expect(after?.lastEnd).toMatchObject({ reason, detail });
  });

  test('by its own agent takes nobody with it', async () => {
    const pool = await startPool({ tenants: { bad: on('process'), good: on('process') } });
    const neighbour = await pool.open({ tenant: 'good', agent: 'echo' });
    const session = await pool.open({
      tenant: 'bad',
      agent: 'kills-its-process',
      input: 'SIGKILL',
    });
    await session.send('go');
    expect((await session.done).reason).toBe('isolate-crashed');
    await neighbour.send('alive');
    expect(await next(neighbour)).toBe('alive');
  });

  test('takes what its agent has spawned with it', async () => {
    const pool = await startPool({ tenants: { bad: on('process') } });
    const session = await pool.open({ tenant: 'bad', agent: 'spawns' });
    const { pid } = (await next(session)) as { pid: number };
    await pool.close();
    await until('the grandchild is gone', () => !isRunning(pid));
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
