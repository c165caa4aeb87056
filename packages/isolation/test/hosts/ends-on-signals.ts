/** A host that closes on signals: many sessions, one that waits, a stuck thread, or a blocked main loop. */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { AgentPool, closeOnSignals } from '@tenantry/core';
import { isolates } from '../../src/index.js';

const kind = process.argv[2];
const pool = new AgentPool({
  isolates,
  enableIntrospection: false,
  tenants: {
    loop: {},
    thread: { isolation: 'process', isolate: 'worker_threads' },
    child: { isolation: 'process' },
  },
  isolateOptions: { unresponsiveMs: 60_000 },
  abortGraceMs: 200,
});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
closeOnSignals(pool, {
  drainTimeoutMs: kind === 'patient' ? 30_000 : 300,
  closeTimeoutMs: 2_000,
});
if (kind === 'stuck') {
  const session = await pool.open({
    tenant: 'thread',
    agent: 'blocks-natively',
    input: 60_000,
  });
  await session.send('go');
}
if (kind === 'sessions') {
  for (let number = 0; number < 100; number += 1) {
    const tenant = ['loop', 'thread', 'child'][number % 3]!;
    await pool.open({ tenant, agent: number % 2 === 0 ? 'heeds-abort' : 'ignores-abort' });
  }
}
if (kind === 'patient') await pool.open({ tenant: 'loop', agent: 'echo' });
process.on('SIGTERM', () => process.stdout.write('"told"\n'));
const ready = (): void => void writeSync(1, '"ready"\n');
if (kind === 'blocked') {
  // When what watches over it has booted. The loop is not given back after its line.
  setTimeout(() => {
    ready();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }, 500);
} else ready();
setInterval(() => {}, 60_000);
