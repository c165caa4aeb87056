/** A host with a state directory: has a tenant offend, or put away by hand, and says where it is placed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { AgentPool } from '@tenantry/core';
import { isolates } from '../../src/index.js';

const [stateDir, act] = process.argv.slice(2);
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const pool = new AgentPool({
  isolates,
  stateDir: stateDir!,
  escalation: {},
  circuitBreaker: {},
});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
await pool.open({ tenant: 'bad', agent: 'echo' });
const { sessions, tenants } = await pool.snapshot();
const { rung, maxSessions, breaker, ladder } = tenants.find(({ tenant }) => tenant === 'bad')!;
say({
  rung,
  placed: sessions[0]!.rung,
  maxSessions,
  breaker: breaker!.state,
  pin: ladder!.pin,
  relapses: ladder!.relapses,
});
if (act === 'offend') {
  const session = await pool.open({ tenant: 'bad', agent: 'blocks-loop' });
  for (let times = 0; times < 3; times += 1) {
    await session.send({ way: 'message', ms: 200 });
    await session.messages.next();
  }
  // What follows from an offence is on the disk some milliseconds later.
  while (!readFileSync(path.join(stateDir!, 'tenants.jsonl'), 'utf8').includes('"thread"')) {
    await setTimeout(5);
  }
  say('kept');
}
if (act === 'by-hand') {
  await pool.cap('bad', 7);
  await pool.trip('bad');
  await pool.pin('bad', 'process');
  say('done');
}
setInterval(() => {}, 60_000);
