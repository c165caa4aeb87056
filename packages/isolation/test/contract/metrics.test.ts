/**
 * What a scraper gets of a pool with traffic on every rung, dead isolates, more tenants than have
 * series of their own, and a main loop that stands still.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AgentPool, MetricFamily, MetricsText, PoolHealth } from '@tenantry/core';
import { askInspector } from '@tenantry/core/internal';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { METRICS } from '@tenantry/core/internal/host';
import { closePools, next, on, startPool, until } from '../support/rungs.js';
import { readOpenMetrics, type ReadFamily } from '../support/openmetrics.js';

const TOP_TENANTS = 5;
/** More than have series of their own; what is not a tenant's id is refused before it is counted. */
const CROWD = Array.from({ length: 20 }, (_, at) => `crowd-${at}`);
const MALFORMED = ['a\nb', '\u001B[31mred', '\u202Eevil', 'quote"', 'back\\slash', 'x'.repeat(129)];

const folder = mkdtempSync(path.join(os.tmpdir(), 'tenantry-'));
let pool: AgentPool;

beforeAll(async () => {
  pool = await startPool({
    enableIntrospection: true,
    introspectionSocketPath: path.join(folder, 'pool.sock'),
    slowSessionThresholdMs: 50,
    jobs: { durable: false },
    maxConcurrentSessions: 100,
    telemetry: { topTenants: TOP_TENANTS },
    enableTenantCircuitBreaker: true,
    isolateOptions: { reportIntervalMs: 100, restart: { initialMs: 10 } },
    tenants: {
      // Always among the top ones, so that there is a limit to show.
      acme: { maxSessions: 50 },
      threaded: on('thread'),
      forked: on('process'),
      crashes: { ...on('process'), maxSessions: 3 },
    },
  });
  await traffic();
});

afterAll(async () => {
  await closePools();
  rmSync(folder, { recursive: true });
});

async function traffic(): Promise<void> {
  for (const tenant of ['acme', 'Odd_Tenant-1', 'other', 'threaded', 'forked']) {
    const session = await pool.open({ tenant, agent: 'echo' });
    await session.send('hello');
    await next(session);
  }
  for (const tenant of CROWD) {
    const session = await pool.open({ tenant, agent: 'echo' });
    await session.close();
  }
  for (const tenant of MALFORMED) await pool.open({ tenant, agent: 'echo' }).catch(() => {});
  const blocks = await pool.open({ tenant: 'acme', agent: 'blocks-loop' });
  await blocks.send({ way: 'message', ms: 600 });
  await next(blocks);
  const retry = { maxAttempts: 1 };
  const { id } = await pool.jobs.submit({ tenant: 'acme', agent: 'throws', retry });
  await until('the job has failed', () => pool.jobs.get(id)?.state === 'dead_letter', 10_000);
  await crash();
}

async function crash(): Promise<void> {
  const session = await pool.open({ tenant: 'crashes', agent: 'exits', input: 9 });
  await session.send('go');
  expect((await session.done).reason).toBe('isolate-crashed');
}

const EXTRA: MetricFamily[] = [
  {
    name: 'tenantry_http_requests',
    type: 'counter',
    help: 'Requests.',
    samples: [{ labels: { route: MALFORMED.join('') }, value: 2 }],
  },
];

const scraped = async (): Promise<Map<string, ReadFamily>> =>
  readOpenMetrics((await pool.metricsText({ format: 'openmetrics', extra: EXTRA })).text);

/** The values of one family, by the labels that are asked for. */
const valuesOf = (family: ReadFamily | undefined, label: string): Record<string, number> => {
  const values: Record<string, number> = {};
  for (const [key, value] of family?.samples ?? []) {
    const name = new RegExp(`[{,]${label}="([^"]*)"`).exec(key)?.[1] ?? '';
    values[name] = (values[name] ?? 0) + value;
  }
  return values;
};

describe('the metrics of a pool', () => {
  test('are OpenMetrics to the letter, and all of those that are documented', async () => {
    await until('the block has been counted', async () =>
      Object.keys(valuesOf((await scraped()).get('tenantry_events'), 'event')).includes(
        'loop.blocked',
      ),
    );
    const families = await scraped();
    const names = [...families.keys()].filter((name) => name !== 'tenantry_http_requests');
    expect(names.toSorted()).toEqual(Object.keys(METRICS).toSorted());
  });

  test('tell of tenants, at most so many, with everyone else in one row', async () => {
    const families = await scraped();
    const started = valuesOf(families.get('tenantry_tenant_sessions_started'), 'tenant');
    expect(Object.keys(started)).toHaveLength(TOP_TENANTS + 1);
    expect(started).toMatchObject({ acme: 3, forked: 1, threaded: 1 });
    const all = [...families.get('tenantry_sessions_started')!.samples.values()][0]!;
    expect(Object.values(started).reduce((sum, count) => sum + count, 0)).toBe(all);
    const refused = valuesOf(families.get('tenantry_admission_refused'), 'reason');
    expect(refused).toEqual({ malformed: MALFORMED.length });
    const text = [...families.values()].flatMap(({ samples }) => [...samples.keys()]).join('\n');
    expect(text).not.toMatch(/session="|[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  test('tell how sessions and isolates have ended, and what they cost', async () => {
    const families = await scraped();
    const sum = (name: string, label: string): Record<string, number> =>
      valuesOf(families.get(name), label);
    expect(sum('tenantry_sessions_ended', 'reason')).toMatchObject({
      completed: CROWD.length,
      failed: 1,
      'isolate-crashed': 1,
      cancelled: 0,
    });
    expect(sum('tenantry_isolates_ended', 'reason')).toMatchObject({ exit: 1 });
    expect(sum('tenantry_sessions', 'rung')).toEqual({ coroutine: 4, thread: 1, process: 1 });
    expect(sum('tenantry_tenant_memory_bytes', 'tenant')['forked']).toBeGreaterThan(1e6);
    expect(sum('tenantry_tenant_cpu_seconds', 'tenant')['acme']).toBeGreaterThan(0.02);
    expect(sum('tenantry_tenant_rung', 'rung')).toMatchObject({ thread: 1 });
    await until('it is ready', async () => {
      const ready = (await scraped()).get('tenantry_ready');
      return valuesOf(ready, '')[''] === 1;
    });
  });

  test('never go back, whatever dies', async () => {
    const counters = (families: ReadonlyMap<string, ReadFamily>): Map<string, number> =>
      new Map(
        [...families.values()]
          .filter(({ type }) => type === 'counter' || type === 'histogram')
          .flatMap(({ samples }) => [...samples]),
      );
    let before = counters(await scraped());
    for (let round = 0; round < 2; round += 1) {
      await crash();
      const now = counters(await scraped());
      for (const [key, value] of before) expect([key, now.get(key)! >= value]).toEqual([key, true]);
      before = now;
    }
    expect(valuesOf((await scraped()).get('tenantry_isolates_ended'), 'reason')['exit']).toBe(3);
  });

  test('come from others too, and go on where one of those fails', async () => {
    const remove = pool.addMetrics(() => [{ ...EXTRA[0]!, name: 'tenantry_parcels' }]);
    const removeFaulty = pool.addMetrics(() => {
      throw new Error('not now');
    });
    const ask = async (): Promise<string> =>
      (
        (await askInspector(pool.socketPath!, {
          command: 'metrics',
          format: 'prometheus',
        })) as MetricsText
      ).text;
    expect(await ask()).toContain('\ntenantry_parcels_total{route="a\\nb');
    remove();
    removeFaulty();
    expect(await ask()).not.toContain('tenantry_parcels');
  });
});

/** Asks the pool's socket from a process of its own, while this one stands still. */
function askedWhileBlocked(command: object, standMs: number): unknown {
  const internal = import.meta.resolve('@tenantry/core/internal');
  const script = `
    const { askInspector } = await import(${JSON.stringify(internal)});
    await new Promise((resolve) => setTimeout(resolve, ${standMs}));
    console.log(JSON.stringify(await askInspector(process.argv[1], ${JSON.stringify(command)})));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, pool.socketPath!],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('while the main loop is blocked', () => {
  test('the metrics are those held, and say how old they are and that nothing is ready', () => {
    const { text } = askedWhileBlocked(
      { command: 'metrics', format: 'openmetrics' },
      1_500,
    ) as MetricsText;
    const families = readOpenMetrics(text);
    const [age] = families.get('tenantry_snapshot_age_seconds')!.samples.values();
    const [lag] = families.get('tenantry_loop_lag_seconds')!.samples.values();
    expect(age).toBeGreaterThan(1);
    expect(lag).toBeGreaterThan(1);
    expect(valuesOf(families.get('tenantry_not_ready'), 'reason')['wedged']).toBe(1);
  });

  test('the health says that it is wedged', () => {
    const health = askedWhileBlocked({ command: 'health' }, 1_500) as PoolHealth;
    expect(health).toMatchObject({ ready: false, reasons: ['wedged'], state: 'running' });
    expect(health.loopHeldMs).toBeGreaterThan(1_000);
  });
});

test('a pool that drains is not ready from then on, also over its socket', async () => {
  expect(pool.health()).toMatchObject({ ready: true, reasons: [] });
  void pool.drain({ timeoutMs: 30_000 });
  expect(pool.health()).toMatchObject({ ready: false, reasons: ['draining'] });
  await until('the socket says so too', async () => {
    const health = (await askInspector(pool.socketPath!, { command: 'health' })) as PoolHealth;
    return !health.ready && health.reasons.includes('draining');
  });
});
