/** A host that grows past the memory limit of its process while a session runs that heeds it, or does not. */
import process from 'node:process';
import { AgentPool } from '@tenantry/core';
import { isolates } from '../../src/index.js';

const kind = process.argv[2] ?? 'echo';
const MB = 1_048_576;
const limitMb = Math.ceil(process.memoryUsage.rss() / MB) + 80;
/**
 * Small until it has been warned: a reading may be late, and none is to miss what lies between. Then past
 * the limit at once: 50 MB more would be worth another warning.
 */
let stepMb = 10;
const pool = new AgentPool({
  isolates,
  enableIntrospection: false,
  tenants: { stuck: { isolation: 'process', isolate: 'worker_threads' } },
  memoryWarnMb: limitMb - 60,
  memoryLimitMb: limitMb,
  drainTimeoutMs: 300,
  abortGraceMs: 100,
  observers: [
    {
      onRuntimeEvent: ({ kind }) => {
        if (kind === 'memory.warned') stepMb = 100;
        process.stdout.write(`${JSON.stringify(kind)}\n`);
      },
      onSessionEnd: (_info, { reason }) => void process.stdout.write(`${JSON.stringify(reason)}\n`),
    },
  ],
});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
if (kind === 'stuck') {
  // For longer than a thread is waited for.
  const session = await pool.open({ tenant: 'stuck', agent: 'blocks-natively', input: 60_000 });
  await session.send('go');
} else await pool.open({ agent: kind });
const kept: Buffer[] = [];
setInterval(() => kept.push(Buffer.alloc(stepMb * MB, 1)), 500);
