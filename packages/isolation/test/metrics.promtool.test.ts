/** What Prometheus's own tool says of the metrics of a real pool with traffic and a dead isolate. */
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from '@jest/globals';
import { closePools, next, on, startPool } from './support/rungs.js';

afterAll(closePools);

function promtool(args: readonly string[], input: string): { code: number | null; said: string } {
  const { status, error, stdout, stderr } = spawnSync('promtool', args, {
    input,
    encoding: 'utf8',
  });
  if (error !== undefined) throw new Error(`promtool (Debian: prometheus): ${error.message}`);
  return { code: status, said: stdout + stderr };
}

test('metrics are what promtool takes and finds nothing wrong with', async () => {
  const pool = await startPool({
    enableIntrospection: true,
    enableTenantCircuitBreaker: true,
    tenants: { threaded: on('thread'), crashes: on('process') },
  });
  for (const tenant of ['acme', 'Odd_Tenant-1', 'other', 'threaded']) {
    const session = await pool.open({ tenant, agent: 'echo' });
    await session.send('hello');
    await next(session);
  }
  await pool.open({ tenant: 'quote"', agent: 'echo' }).catch(() => {});
  const crashing = await pool.open({ tenant: 'crashes', agent: 'exits', input: 9 });
  await crashing.send('go');
  await crashing.done;
  const labels = { route: 'a\nb\\"c', outcome: 'ok' };
  const extra = [
    {
      name: 'tenantry_parcels',
      type: 'counter',
      help: 'Of others.',
      samples: [{ value: 1, labels }],
    },
  ] as const;
  const { text, contentType } = await pool.metricsText({ extra });
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(promtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
  expect(promtool(['check', 'metrics'], `${text}broken{ 1\n`).code).not.toBe(0);
});
