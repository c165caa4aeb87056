/**
 * A process with a pool that changes all that its state directory keeps, as fast as it is acknowledged,
 * and prints each change once it is. It ends when it is killed.
 */
import { writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pino } from 'pino';
import { AgentPool } from '../../src/pool/agent-pool.js';
import { agentOf } from '../jobs/kept-agent.js';

const [folder = ''] = process.argv.slice(2);
const say = (what: object): unknown => writeSync(1, `${JSON.stringify(what)}\n`);
const pool = new AgentPool(
  {
    stateDir: path.join(folder, 'state'),
    agents: [agentOf(() => {})],
    memoryWarnMb: 0,
    incidents: { keepCount: 5 },
    tenants: { capped: {} },
    jobs: { maxDone: 1_000_000, retry: { maxAttempts: 1_000, baseDelayMs: 1, maxDelayMs: 5 } },
  },
  { log: pino({ level: 'fatal' }, pino.destination({ fd: 2, sync: true })) },
);
await pool.start();

/** Caps that only rise: a copy that has a later one has none of the earlier. */
async function caps(): Promise<void> {
  for (let cap = 1; ; cap += 1) {
    await pool.cap('capped', cap);
    say({ cap });
  }
}

async function jobs(lane: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const { id } = await pool.jobs.submit({ tenant: `t${lane}`, agent: 'kept', input: { n } });
    say({ job: id });
    // Some are waited for, so that jobs end meanwhile and do not only pile up.
    if (n % 2 === 0) await pool.jobs.settled(id);
  }
}

async function bundles(): Promise<void> {
  for (;;) {
    await pool.bundle();
    say({ bundle: true });
  }
}

await Promise.all([caps(), jobs(1), jobs(2), bundles()]);
