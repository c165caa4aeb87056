/** How isolates are kept, for both kinds: what they see, when they start, how often, what is counted. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AgentPool, SessionHandle } from '@tenantry/core';
import { onThisMachine } from '../support/machine.js';
import {
  ISOLATE_RUNGS,
  closePools,
  next,
  on,
  rejection,
  startPool,
  until,
} from '../support/rungs.js';

afterEach(closePools);

interface Seen {
  env: Record<string, string>;
  pid: number;
  threadId: number;
}

async function see(pool: AgentPool, tenant: string): Promise<Seen> {
  return (await (await pool.open({ tenant, agent: 'shows-itself' })).done).result as Seen;
}

async function crash(pool: AgentPool, tenant: string): Promise<void> {
  const session = await pool.open({ tenant, agent: 'exits', input: 1 });
  await session.send('go');
  await session.done;
}

describe.each(ISOLATE_RUNGS)('isolates on the rung %s', (rung) => {
  test('see of the environment only what their tenant is allowed', async () => {
    process.env['TENANTRY_TEST_ALLOWED'] = 'yes';
    process.env['TENANTRY_TEST_SECRET'] = 'no';
    const pool = await startPool({
      tenants: {
        none: on(rung),
        named: { ...on(rung), env: ['TENANTRY_TEST_ALLOWED', 'NOT_SET'] },
        given: { ...on(rung), env: { REGION: 'eu' } },
      },
    });
    expect((await see(pool, 'none')).env).toEqual({});
    expect((await see(pool, 'named')).env).toEqual({ TENANTRY_TEST_ALLOWED: 'yes' });
    expect((await see(pool, 'given')).env).toEqual({ REGION: 'eu' });
  });

  test('belong to one tenant, which has all its sessions there', async () => {
    const pool = await startPool({ tenants: { a: on(rung), b: on(rung) } });
    const key = ({ pid, threadId }: Seen): string => `${pid}/${threadId}`;
    const [a1, a2, b1] = [await see(pool, 'a'), await see(pool, 'a'), await see(pool, 'b')];
    expect(key(a1)).toBe(key(a2));
    expect(key(a1)).not.toBe(key(b1));
    expect(a1.pid === process.pid).toBe(rung === 'thread');
  });

  test('of scope "session" hold one session and go with it', async () => {
    const pool = await startPool({ tenants: { a: { ...on(rung), isolateScope: 'session' } } });
    const sessions: SessionHandle[] = [];
    for (let number = 0; number < 3; number += 1) {
      sessions.push(await pool.open({ tenant: 'a', agent: 'echo' }));
    }
    const { isolates } = await pool.snapshot();
    const own = isolates.filter(({ tenant }) => tenant === 'a');
    expect(own).toHaveLength(3);
    expect(own.every((row) => row.sessions === 1 && row.scope === 'session')).toBe(true);
    for (const session of sessions) await session.close();
    await until('they are gone', async () => (await pool.snapshot()).isolates.length === 1);
  });

  test('that are spare answer at once and are replaced', async () => {
    const pool = await startPool({
      tenants: { a: on(rung), b: on(rung) },
      isolateOptions: { spareIsolates: 1 },
    });
    const spares = async (): Promise<string[]> =>
      (await pool.snapshot()).isolates
        .filter((row) => row.tenant === null && row.rung === rung && row.state === 'ready')
        .map(({ isolate }) => isolate);
    await until('a spare is ready', async () => (await spares()).length === 1);
    const [spare] = await spares();
    const session = await pool.open({ tenant: 'a', agent: 'echo' });
    expect((await pool.snapshot()).sessions[0]).toMatchObject({ isolate: spare });
    await until('another is ready', async () => (await spares()).length === 1);
    await session.close();
  });

  test('without sessions end after a while, by wish and not by fault', async () => {
    const pool = await startPool({
      tenants: { a: on(rung) },
      isolateOptions: { isolateIdleMs: 50 },
    });
    await (await pool.open({ tenant: 'a', agent: 'echo' })).close();
    await until('it is gone', async () => (await pool.snapshot()).isolates.length === 1);
    await (await pool.open({ tenant: 'a', agent: 'echo' })).close();
    expect((await pool.snapshot()).isolates[1]).toMatchObject({
      restarts: 0,
      lastEnd: { reason: 'idle' },
    });
  });

  test('are idle from their last session on, not from an earlier one', async () => {
    const pool = await startPool({
      tenants: { a: on(rung) },
      isolateOptions: { isolateIdleMs: 400 },
    });
    await (await pool.open({ tenant: 'a', agent: 'echo' })).close();
    await new Promise((resolve) => setTimeout(resolve, 250));
    await (await pool.open({ tenant: 'a', agent: 'echo' })).close();
    const idleSinceMs = performance.now();
    await until('it is gone', async () => (await pool.snapshot()).isolates.length === 1);
    expect(performance.now() - idleSinceMs).toBeGreaterThan(390);
  });

  test('of scope "session" count one restart for one crash', async () => {
    const pool = await startPool({ tenants: { a: { ...on(rung), isolateScope: 'session' } } });
    await crash(pool, 'a');
    for (let number = 0; number < 3; number += 1) await pool.open({ tenant: 'a', agent: 'echo' });
    const { isolates } = await pool.snapshot();
    expect(isolates.filter(({ tenant }) => tenant === 'a')).toContainEqual(
      expect.objectContaining({ state: 'ready', restarts: 1 }),
    );
  });

  test('restart at once, then back off, then give up and quarantine the tenant', async () => {
    const told: { kind: string }[] = [];
    const pool = await startPool({
      tenants: { a: on(rung), good: on(rung) },
      isolateOptions: {
        restart: {
          initialMs: 500,
          factor: 2,
          intensity: 2,
          periodMs: 60_000,
          quarantineMs: 60_000,
        },
      },
      observers: [{ onRuntimeEvent: (event) => void told.push(event) }],
    });
    await crash(pool, 'a');
    await crash(pool, 'a');
    const held = await rejection(pool.open({ tenant: 'a', agent: 'echo' }));
    expect(held).toMatchObject({
      code: 'TENANTRY_ISOLATE_BACKOFF',
      retryAfterMs: expect.any(Number),
    });
    expect((held as unknown as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(500);
    const heldBack = { tenant: 'a', state: 'backoff', freshness: 'lost', restarts: 1 };
    const isHeldBack = expect.objectContaining(heldBack);
    await until('the snapshot shows it held back', async () =>
      (await pool.snapshot()).isolates.some((row) => isHeldBack.asymmetricMatch(row)),
    );
    await until('the back-off is over', async () => {
      const session = await pool
        .open({ tenant: 'a', agent: 'exits', input: 1 })
        .catch(() => undefined);
      await session?.send('go');
      return (await session?.done) !== undefined;
    });
    await until('it gives up', () => told.some(({ kind }) => kind === 'isolate.gave-up'));
    expect(await rejection(pool.open({ tenant: 'a', agent: 'echo' }))).toMatchObject({
      code: 'TENANTRY_TENANT_QUARANTINED',
      tenant: 'a',
    });
    const snapshot = await pool.snapshot();
    expect(snapshot.tenants.find(({ tenant }) => tenant === 'a')).toMatchObject({
      rung: 'quarantined',
      refusals: { quarantined: 1 },
    });
    expect((await (await pool.open({ tenant: 'good', agent: 'echo' })).close()).reason).toBe(
      'completed',
    );
  });

  test('are never more than the ceiling', async () => {
    const pool = await startPool({
      tenants: { a: on(rung), b: on(rung) },
      isolateOptions: { maxIsolates: 1 },
    });
    await pool.open({ tenant: 'a', agent: 'echo' });
    expect(await rejection(pool.open({ tenant: 'b', agent: 'echo' }))).toMatchObject({
      code: 'TENANTRY_ISOLATE_LIMIT',
      tenant: 'b',
      details: { running: 1, limit: 1 },
    });
  });

  test('start once for many simultaneous first sessions', async () => {
    const pool = await startPool({ tenants: { a: on(rung) } });
    await Promise.all(Array.from({ length: 20 }, () => pool.open({ tenant: 'a', agent: 'echo' })));
    const { isolates } = await pool.snapshot();
    expect(isolates.filter(({ tenant }) => tenant === 'a')).toHaveLength(1);
  });

  test('that die leave every counter at least where it was', async () => {
    const pool = await startPool({ tenants: { a: on(rung) } });
    const session = await pool.open({ tenant: 'a', agent: 'echo' });
    await session.send(1);
    await next(session);
    const before = (await pool.snapshot()).totals;
    const crashing = await pool.open({ tenant: 'a', agent: 'exits', input: 1 });
    await crashing.send('go');
    await session.done;
    const after = (await pool.snapshot()).totals;
    expect(after.totalSessionsStarted).toBe(before.totalSessionsStarted + 1);
    expect(after.totalSessionFailures).toBe(before.totalSessionFailures + 2);
    expect(after.cpuMs).toBeGreaterThanOrEqual(before.cpuMs);
    expect(after.messagesIn).toBe(before.messagesIn + 1);
    expect(after.messagesOut).toBe(before.messagesOut);
    expect(after.isolatesEnded).toBe(before.isolatesEnded + 1);
    expect(after.activeSessions).toBe(0);
  });

  test('that stop answering are marked stale with their last figures', async () => {
    const pool = await startPool({
      tenants: { a: on(rung) },
      isolateOptions: { unresponsiveMs: 10_000, reportIntervalMs: 50 },
    });
    const session = await pool.open({ tenant: 'a', agent: 'loops-forever', input: 'loop' });
    const before = (await pool.snapshot()).isolates.find(({ tenant }) => tenant === 'a')!;
    expect(before).toMatchObject({ freshness: 'fresh' });
    await session.send('go');
    let longestMs = 0;
    await until('it is stale', async () => {
      const askedMs = performance.now();
      const { isolates } = await pool.snapshot();
      longestMs = Math.max(longestMs, performance.now() - askedMs);
      return isolates.find(({ tenant }) => tenant === 'a')?.freshness === 'stale';
    });
    expect(longestMs).toBeLessThan(await onThisMachine(1_500));
    const stale = (await pool.snapshot()).isolates.find(({ tenant }) => tenant === 'a')!;
    expect(stale.heapUsedBytes).toBeGreaterThan(0);
    expect(stale.reportAgeMs).toBeGreaterThan(150);
  });

  test('refuse an agent that has no module to load', async () => {
    const { defineAgent } = await import('@tenantry/core');
    const pool = await startPool({ tenants: { a: on(rung) } });
    pool.add(defineAgent({ name: 'homeless', run: () => 1 }));
    expect((await rejection(pool.open({ tenant: 'a', agent: 'homeless' }))).code).toBe(
      'TENANTRY_AGENT_NOT_PORTABLE',
    );
  });
});
