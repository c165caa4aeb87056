/** A pool's metrics where nobody watches it: made on its own loop, bounded whoever comes. */
import { expect, test } from '@jest/globals';
import type { MetricFamily } from '../../src/exposition/metric-family.js';
import { caught } from '../caught.js';
import { makePool, startedPool } from './test-pool.js';

const TENANTS = 10_100;

const REFUSED = 'tenantry_tenant_admission_refused_total';

/** A metric's values by the label `tenant`. */
function byTenant(text: string, metric: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${metric}{`));
  return new Map(
    lines.map((line) => [/tenant="([^"]*)"/.exec(line)![1]!, Number(line.split(' ').at(-1))]),
  );
}

test('ten thousand tenants are fifty with series of their own, and the others', async () => {
  const { pool } = await startedPool({ maxSessionsPerTenant: { default: 0, busy: 5 } });
  await pool.open({ tenant: 'busy' });
  const latest = new Map<string, number>();
  for (let made = 0; made < TENANTS; made += 1) {
    await pool.open({ tenant: `tenant-${made}` }).catch(() => {});
    if (made % 2_000 !== 99) continue;
    // Also while the pool forgets tenants that it has no room for.
    for (const [tenant, refused] of byTenant((await pool.metricsText()).text, REFUSED)) {
      expect(refused).toBeGreaterThanOrEqual(latest.get(tenant) ?? 0);
      latest.set(tenant, refused);
    }
  }
  expect([...latest.values()].reduce((sum, refused) => sum + refused, 0)).toBe(TENANTS);
  const { text } = await pool.metricsText();
  const shown = [...byTenant(text, 'tenantry_tenant_sessions').keys()];
  expect(shown).toHaveLength(51);
  expect(shown).toEqual(expect.arrayContaining(['busy', 'other']));
  expect(text).toContain(`\ntenantry_admission_refused_total{reason="tenant-cap"} ${TENANTS}\n`);
  expect(text.length).toBeLessThan(200_000);
});

test('a pool that is not watched has no figures of what is not measured', async () => {
  const { pool } = makePool({ name: 'quiet' });
  const created = (await pool.metricsText({ format: 'openmetrics' })).text;
  expect(created).toContain('tenantry_build_info{pool="quiet",');
  expect(created).toContain('tenantry_not_ready{reason="starting"} 1\n');
  expect(created).not.toMatch(/tenantry_(?:tenant_cpu|loop_lag|observer_watching|unattributed)/);
  expect(pool.health()).toMatchObject({ ready: false, reasons: ['starting'], state: 'created' });
  await pool.start();
  expect(pool.health()).toMatchObject({ ready: true, reasons: [] });
  await pool.close();
  expect(pool.health()).toMatchObject({ ready: false, reasons: ['closed'] });
});

test('families that cannot be exported are refused, or left out where they come by themselves', async () => {
  const { pool, log } = makePool();
  const bad = {
    name: 'requests',
    type: 'counter',
    help: 'No prefix.',
    samples: [],
  } as MetricFamily;
  const refusal = await caught(() => pool.metricsText({ extra: [bad] }));
  expect(refusal.code).toBe('TENANTRY_OPTIONS_INVALID');
  pool.addMetrics(() => [bad]);
  for (let round = 0; round < 2; round += 1) {
    expect((await pool.metricsText()).text).toContain('tenantry_sessions_started_total 0\n');
  }
  const said = '[metrics] a source failed and is left out';
  expect(log.lines.filter(({ message }) => message === said)).toHaveLength(1);
});
