import { describe, expect, test } from '@jest/globals';
import { TenantryError } from '../../src/errors/errors.js';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import { caught } from '../caught.js';
import { turns } from '../turns.js';
import { FakeIsolates } from './fake-isolates.js';
import { echo, startedPool } from './test-pool.js';

const SHARED = { enableIntrospection: false, memoryWarnMb: 0, agents: [echo] };

async function poolWith(options: AgentPoolOptions = {}) {
  const events: RuntimeEvent[] = [];
  const started = await startedPool(options);
  started.pool.addObserver({ onRuntimeEvent: (event) => void events.push(event) });
  const reconfigure = (next: AgentPoolOptions) =>
    started.pool.reconfigure(() => ({ options: { ...SHARED, ...next } }));
  /** What an open is refused with; undefined where it is not. */
  const openOf = (tenant: string): Promise<unknown> =>
    started.pool.open({ tenant, agent: 'echo' }).then(
      () => undefined,
      (error: unknown) => error,
    );
  const row = async (tenant: string) =>
    (await started.pool.snapshot()).tenants.find((one) => one.tenant === tenant);
  return { ...started, reconfigure, openOf, row, events };
}

const pathsOf = (changes: readonly { readonly path: string }[]) => changes.map(({ path }) => path);
const FULL = { code: 'TENANTRY_TENANT_CAP' };

describe('other options', () => {
  test('hold for sessions to come: of listed tenants, of others, and of those no longer listed', async () => {
    const { reconfigure, openOf } = await poolWith({ tenants: { acme: { maxSessions: 1 } } });
    expect(await openOf('acme')).toBeUndefined();
    expect(await openOf('acme')).toMatchObject(FULL);
    expect(await openOf('other')).toBeUndefined();
    const { applied, needsRestart } = await reconfigure({
      tenants: { default: { maxSessions: 1 }, acme: { maxSessions: 2 } },
    });
    expect([pathsOf(applied), needsRestart]).toEqual([
      ['tenants.acme.maxSessions', 'tenants.default.maxSessions'],
      [],
    ]);
    expect(await openOf('acme')).toBeUndefined();
    expect(await openOf('other')).toMatchObject(FULL);
    await reconfigure({});
    expect(await openOf('acme')).toBeUndefined();
    expect(await openOf('other')).toBeUndefined();
  });

  test('of the pool: its cap, that of an agent, and what needs a restart', async () => {
    const { reconfigure, openOf } = await poolWith({
      maxConcurrentSessions: 1,
      maxSessionsPerAgent: { echo: 5 },
    });
    expect(await openOf('acme')).toBeUndefined();
    expect(await openOf('acme')).toMatchObject({ code: 'TENANTRY_POOL_CAP' });
    const report = await reconfigure({
      maxConcurrentSessions: 9,
      maxSessionsPerAgent: { echo: 2 },
      name: 'other',
      escalation: { halfLifeMs: 1_000 },
    });
    expect(pathsOf(report.applied)).toEqual(
      expect.arrayContaining(['maxConcurrentSessions', 'maxSessionsPerAgent.echo']),
    );
    expect(pathsOf(report.needsRestart).sort()).toEqual(['escalation.halfLifeMs', 'name']);
    expect(await openOf('acme')).toBeUndefined();
    expect(await openOf('acme')).toMatchObject({ code: 'TENANTRY_AGENT_CAP' });
  });

  test('let in who waits for the full pool', async () => {
    const fairQueue = { maxWaitMs: 1_000 };
    const { pool, reconfigure, openOf } = await poolWith({ maxConcurrentSessions: 1, fairQueue });
    expect(await openOf('acme')).toBeUndefined();
    const waiting = pool.open({ agent: 'echo' });
    await reconfigure({ maxConcurrentSessions: 2, fairQueue });
    expect((await waiting).tenant).toBe('default');
  });

  test('of a rate: what was taken stays taken, and comes back at the new rate', async () => {
    const rateLimit = (sessionsPerSecond: number, burst: number) => ({
      tenants: { acme: { rateLimit: { sessionsPerSecond, burst } } },
    });
    const { reconfigure, openOf, clock } = await poolWith(rateLimit(0.001, 1));
    expect(await openOf('acme')).toBeUndefined();
    await reconfigure(rateLimit(1, 1));
    expect(await openOf('acme')).toMatchObject({
      code: 'TENANTRY_RATE_LIMITED',
      retryAfterMs: 1_000,
    });
    clock.advance(1_000);
    expect(await openOf('acme')).toBeUndefined();
    await reconfigure({});
    expect(await openOf('acme')).toBeUndefined();
  });

  test('of a breaker: it stays open, and what it refuses is theirs to say', async () => {
    const { pool, reconfigure, openOf, row } = await poolWith({ circuitBreaker: {} });
    await openOf('acme');
    await pool.trip('acme');
    await reconfigure({ circuitBreaker: { cooldownMs: 5_000 } });
    expect(await openOf('acme')).toMatchObject({ code: 'TENANTRY_BREAKER_OPEN' });
    await reconfigure({ enableTenantCircuitBreaker: false });
    expect(await openOf('acme')).toBeUndefined();
    expect((await row('acme'))?.breaker).toBeNull();
    await reconfigure({ circuitBreaker: {} });
    expect((await row('acme'))?.breaker).toMatchObject({ state: 'closed', enforced: true });
  });

  test('leave a cap that was set by hand', async () => {
    const { pool, reconfigure, openOf, row } = await poolWith();
    await openOf('acme');
    await pool.cap('acme', 1);
    await reconfigure({ tenants: { acme: { maxSessions: 5 } } });
    expect(await openOf('acme')).toMatchObject(FULL);
    await pool.cap('acme', null);
    expect((await row('acme'))?.maxSessions).toBe(5);
  });

  test('of the rung: sessions to come start there, and whoever is confined is let go', async () => {
    const isolates = new FakeIsolates();
    const { pool, reconfigure, row } = await poolWith({
      isolates: isolates.factory,
      escalation: { enforce: true },
    });
    const rungs = async () => [(await row('acme'))?.rung, (await row('other'))?.rung];
    await pool.open({ tenant: 'acme', agent: 'echo' });
    await pool.open({ tenant: 'other', agent: 'echo' });
    const next = { isolates: isolates.factory, escalation: { enforce: true } };
    await reconfigure({ ...next, tenants: { acme: { isolation: 'process' } } });
    expect(await rungs()).toEqual(['process', 'coroutine']);
    await reconfigure({ ...next, tenants: { acme: { escalation: { pin: 'quarantined' } } } });
    expect(await rungs()).toEqual(['quarantined', 'coroutine']);
    await reconfigure(next);
    expect(await rungs()).toEqual(['coroutine', 'coroutine']);
  });

  test('are told and audited, without what is secret', async () => {
    const { pool, reconfigure, events } = await poolWith({
      tenants: { acme: { config: { apiKey: 'old-canary' } } },
    });
    await reconfigure({ tenants: { acme: { maxSessions: 3, config: { apiKey: 'new-canary' } } } });
    await turns(2);
    const told = events.find(({ kind }) => kind === 'config.reloaded');
    expect(told).toMatchObject({
      applied: [
        { path: 'tenants.acme.config', before: '(set)', after: '(set)' },
        { path: 'tenants.acme.maxSessions', before: 'none', after: '3' },
      ],
    });
    expect(JSON.stringify(events)).not.toContain('canary');
    const session = await pool.open({ tenant: 'acme', agent: 'echo' });
    await session.close();
  });

  test('that are wrong, or cannot be got, change nothing and are told', async () => {
    const { pool, reconfigure, openOf, events } = await poolWith({
      tenants: { acme: { maxSessions: 1 } },
    });
    const wrong = { tenants: { acme: { maxSessions: -1 } } };
    expect(await caught(() => reconfigure(wrong))).toMatchObject({
      code: 'TENANTRY_OPTIONS_INVALID',
    });
    const broken = (): Promise<unknown> =>
      pool.reconfigure(() => {
        throw new TenantryError('TENANTRY_CONFIG_FAILED', 'no such file');
      });
    expect(await caught(broken)).toMatchObject({ code: 'TENANTRY_CONFIG_FAILED' });
    await turns(2);
    expect(events.filter(({ kind }) => kind === 'config.rejected')).toMatchObject([
      { code: 'TENANTRY_OPTIONS_INVALID' },
      { code: 'TENANTRY_CONFIG_FAILED', message: 'no such file' },
    ]);
    expect(await openOf('acme')).toBeUndefined();
    expect(await openOf('acme')).toMatchObject(FULL);
  });
});
