/** A host with busy children and a spare one; prints their pids and waits to be killed. */
import process from 'node:process';
import { AgentPool } from '@tenantry/core';
import { isolates } from '../../src/index.js';

const pool = new AgentPool(
  {
    isolates,
    isolation: 'process',
    enableIntrospection: false,
    isolateOptions: { unresponsiveMs: 60_000, spareIsolates: 1 },
  },
  {},
);
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
const grandchild = await pool.open({ tenant: 'spawning', agent: 'spawns' });
const { pid } = (await grandchild.messages.next()).value as { pid: number };
for (const tenant of ['one', 'two']) {
  const session = await pool.open({ tenant, agent: 'loops-forever', input: 'loop' });
  await session.send('go');
}
const native = await pool.open({ tenant: 'three', agent: 'blocks-natively', input: 60_000 });
await native.send('go');
let { isolates: rows } = await pool.snapshot();
while (!rows.some(({ rung, tenant, pid }) => rung === 'process' && tenant === null && pid !== null))
  ({ isolates: rows } = await pool.snapshot());
const pids = rows.flatMap((row) => (row.rung === 'process' && row.pid !== null ? [row.pid] : []));
process.stdout.write(`${JSON.stringify([...pids, pid])}\n`);
setInterval(() => {}, 60_000);
