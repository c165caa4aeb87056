/** A host that grows past the memory limit of its process while a session runs. */
import process from 'node:process';
import { AgentPool } from '@tenantry/core';

const MB = 1_048_576;
const limitMb = Math.ceil(process.memoryUsage.rss() / MB) + 40;
const pool = new AgentPool({
  enableIntrospection: false,
  memoryWarnMb: limitMb - 20,
  memoryLimitMb: limitMb,
  drainTimeoutMs: 300,
  abortGraceMs: 100,
  observers: [
    {
      onRuntimeEvent: ({ kind }) => void process.stdout.write(`${JSON.stringify(kind)}\n`),
      onSessionEnd: (_info, { reason }) => void process.stdout.write(`${JSON.stringify(reason)}\n`),
    },
  ],
});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
await pool.open({ agent: 'echo' });
const kept: Buffer[] = [];
setInterval(() => kept.push(Buffer.alloc(25 * MB, 1)), 1_000);
