/** Opens that had to wait: what was true when they asked may not be true when they start. */
import { expect, test } from '@jest/globals';
import type { TenantRow } from '../../src/snapshot/snapshot.js';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { FakeIsolates } from './fake-isolates.js';
import { agentOf, patient, startedPool, type TestPool } from './test-pool.js';

const url = import.meta.url;

async function pooled(options: object): Promise<TestPool & { readonly isolates: FakeIsolates }> {
  const isolates = new FakeIsolates();
  const made = await startedPool({ agents: [], isolates: isolates.factory, ...options });
  made.pool.add(patient, { url });
  return { ...made, isolates };
}

async function rowOf({ pool }: TestPool): Promise<TenantRow> {
  return (await pool.snapshot()).tenants.find(({ tenant }) => tenant === 'acme')!;
}

test('an open that waits for the full pool starts where its tenant has been moved meanwhile', async () => {
  const { pool, isolates } = await pooled({ maxConcurrentSessions: 1, fairQueue: {} });
  const running = await pool.open({ tenant: 'other' });
  const waiting = pool.open({ tenant: 'acme' });
  await pool.isolate('acme', { as: 'process' });
  await running.cancel();
  await turns();
  expect(isolates.starts).toHaveLength(1);
  isolates.starts[0]!.place();
  await waiting;
});

test('an open that waits for its config starts where its tenant has been moved meanwhile', async () => {
  const config = gate<object>();
  const { pool, isolates } = await pooled({ tenants: { acme: { config: () => config.promise } } });
  const waiting = pool.open({ tenant: 'acme' });
  await pool.isolate('acme', { as: 'thread' });
  config.open({});
  await turns();
  expect(isolates.starts).toHaveLength(1);
  isolates.starts[0]!.place();
  await waiting;
});

test('an open is refused, and counted once, whose tenant was quarantined meanwhile', async () => {
  const config = gate<object>();
  const made = await pooled({ tenants: { acme: { config: () => config.promise } } });
  const waiting = caught(() => made.pool.open({ tenant: 'acme' }));
  await made.pool.isolate('acme', { as: 'quarantined' });
  config.open({});
  expect((await waiting).code).toBe('TENANTRY_TENANT_QUARANTINED');
  expect(await rowOf(made)).toMatchObject({ refusals: { quarantined: 1 }, active: 0, started: 0 });
});

test('a snapshot that finds a hung probe shows where its tenant is because of it', async () => {
  const fails = agentOf('fails', () => Promise.reject(new Error('as it does')));
  const made = await pooled({
    circuitBreaker: { consecutiveFailures: 1, cooldownMs: 1_000, probeTimeoutMs: 500 },
    escalation: { threshold: 3, confinementMs: 1_500, probationMs: 5_000 },
  });
  const { pool, clock, isolates } = made;
  pool.add(fails, { url });
  await (
    await pool.open({ tenant: 'acme', agent: 'fails' })
  ).done;
  expect((await rowOf(made)).ladder).toMatchObject({ rung: 'thread', state: 'confined' });
  clock.advance(1_800);
  void pool.open({ tenant: 'acme' });
  clock.advance(600);
  const row = await rowOf(made);
  expect(row.breaker).toMatchObject({ state: 'open', trips: 2 });
  expect(row.ladder).toMatchObject({ rung: 'thread', state: 'confined', relapses: 1 });
  isolates.starts[0]!.place();
});
