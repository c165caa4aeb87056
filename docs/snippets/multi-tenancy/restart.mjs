import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AgentPool } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';

const stateDir = await mkdtemp(path.join(os.tmpdir(), 'tenantry-state-'));

async function started() {
  const pool = new AgentPool({ isolates, stateDir, tenants: { acme: {}, globex: {} } });
  await pool.discover(new URL('../hello/agents', import.meta.url));
  await pool.start();
  return pool;
}

const before = await started();
await before.isolate('acme', { as: 'thread' });
await before.cap('acme', 3);
await before.close();

const after = await started(); // another process, after a deploy or a crash
const { tenants } = await after.snapshot();
for (const { tenant, rung, maxSessions } of tenants) console.log(tenant, rung, maxSessions);
const { sentences } = await after.explain('acme');
for (const sentence of sentences) console.log(sentence);
await after.close();
