/**
 * A host with a session of tenant `acme` on the rung it is told, and one of `neighbour` on the shared
 * loop. Prints its socket and acme's session; at SIGUSR2 that session's agent begins what it is to do,
 * at SIGHUP the process exits at once, at SIGTERM it closes its pool.
 */
import process from 'node:process';
import { AgentPool } from '@tenantry/core';
import { isolates } from '../../src/index.js';
import { on, type RungUnderTest } from '../support/rungs.js';

const [rung, agent, input, unresponsiveMs, introspectionSocketPath] = process.argv.slice(2);

const pool = new AgentPool({
  isolates,
  introspectionSocketPath,
  tenants: { acme: on(rung as RungUnderTest) },
  isolateOptions: { unresponsiveMs: Number(unresponsiveMs) },
});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
const session = await pool.open({
  tenant: 'acme',
  agent: agent!,
  input: JSON.parse(input!) as unknown,
});
await pool.open({ tenant: 'neighbour', agent: 'echo' });
void session.done.catch(() => {});
const alive = setInterval(() => {}, 1_000);
process.on('SIGUSR2', () => void session.send('go'));
process.on('SIGHUP', () => process.exit(3));
process.on('SIGTERM', () => void pool.close().then(() => clearInterval(alive)));
process.stdout.write(`${JSON.stringify({ socket: pool.socketPath, session: session.id })}\n`);
