/**
 * How long a tenant waits for its isolate, and how long a stuck one outlives its end.
 *
 * Start: from `open` of a tenant that has no isolate to the answer to the session's first message;
 * from a spare (`spareIsolates`, booted and idle before the clock starts) and cold. Kill: an agent in
 * `for (;;)`, silent for `SPIN_MS`; from `cancel` with no grace until the session's outcome is known
 * and the snapshot has no live isolate of the tenant, all bookkeeping included. Every round has
 * tenants of its own. `rawWorkerMs` and `rawForkMs` are an empty worker and an empty child from
 * their start to their first answer.
 *
 * To reach: 10 ms from a spare, 100 ms to the end of a stuck isolate.
 * Measured on 2026-11-22, Node 20.20.2, two cores shared with other work, four runs: from a spare
 * thread 7.5 to 11.3 ms, process 6.5 to 11.1; stuck thread gone after 7 to 12 ms, process after 11 to
 * 16. Cold, in two of the runs, thread 74 and 159, process 214 and 341; an empty worker 34 and 63, an
 * empty child 93 and 161. Reached, but for spares in the last run, in which everything took nearly
 * twice as long: 2 ms are the agent's own import, 1 to 2 ms the assignment, which `open` waits for.
 * A loop that has been stuck for less than 300 ms is not known to be: its end waits until it is.
 */
import type { Agent, AgentPool, IsolateKind } from '@tenantry/core';
import echo from './agents/echo.js';
import spin from './agents/spin.js';
import type { Bench, Results } from './bench.js';
import { interleave, timeMs, until, type Measurement } from './harness.js';
import { ipcPeer } from './peers/ipc.js';
import { messagePortPeer } from './peers/message-port.js';
import { startedPool } from './tenantry.js';

const ROUNDS = 15;
/** A loop counts as deaf after 300 ms without a beat; a stuck one has been so for a while. */
const SPIN_MS = 700;
/** An isolate of a tenant that is done goes soon, so that rounds do not add up. */
const ISOLATE_IDLE_MS = 5;

const KINDS = { thread: 'worker_threads', process: 'child_process' } as const;

const atMost = (figure: string, what: string, limit: number): Bench['targets'][number] => ({
  what,
  unit: 'ms',
  value: (results: Results) => results[figure]!,
  atMost: limit,
});

export const bench: Bench = {
  about: 'isolates: open → first answer, and the end of a stuck one',
  targets: [
    atMost('threadSpareMs', 'thread from a spare', 10),
    atMost('processSpareMs', 'process from a spare', 10),
    atMost('killStuckThreadMs', 'end of a stuck thread', 100),
    atMost('killStuckProcessMs', 'end of a stuck process', 100),
  ],
  async run() {
    const pools: AgentPool[] = [];
    const measurements: Measurement[] = [];
    for (const [rung, isolate] of Object.entries(KINDS)) {
      const cold = await isolatePool(isolate, 0);
      const spare = await isolatePool(isolate, 1);
      pools.push(cold, spare);
      measurements.push(
        { name: `${rung}Cold`, measure: () => firstAnswerMs(cold) },
        { name: `${rung}Spare`, measure: () => spareReady(spare).then(() => firstAnswerMs(spare)) },
        { name: `${rung}Kill`, measure: () => killMs(cold) },
      );
    }
    measurements.push(
      { name: 'rawWorker', measure: () => rawMs(messagePortPeer) },
      { name: 'rawFork', measure: () => rawMs(ipcPeer) },
    );
    // A first round loads what every later one shares.
    await interleave(measurements, 1);
    const measured = await interleave(measurements, ROUNDS);
    for (const pool of pools) await pool.close();
    return {
      threadColdMs: measured.get('threadCold')!,
      threadSpareMs: measured.get('threadSpare')!,
      processColdMs: measured.get('processCold')!,
      processSpareMs: measured.get('processSpare')!,
      killStuckThreadMs: measured.get('threadKill')!,
      killStuckProcessMs: measured.get('processKill')!,
      rawWorkerMs: measured.get('rawWorker')!,
      rawForkMs: measured.get('rawFork')!,
    };
  },
};

function isolatePool(isolate: IsolateKind, spareIsolates: number): Promise<AgentPool> {
  return startedPool({
    isolation: 'process',
    isolate,
    abortGraceMs: 0,
    isolateOptions: { spareIsolates, isolateIdleMs: ISOLATE_IDLE_MS },
  });
}

let tenants = 0;

async function firstAnswer(pool: AgentPool, tenant: string, agent: Agent) {
  const session = await pool.open({ tenant, agent });
  await session.send('hello');
  await session.messages.next();
  return session;
}

async function firstAnswerMs(pool: AgentPool): Promise<number> {
  const tenant = `tenant-${tenants++}`;
  const startMs = performance.now();
  const session = await firstAnswer(pool, tenant, echo);
  const tookMs = performance.now() - startMs;
  await session.close();
  await until('the isolate has left', async () => !(await hasLiveIsolate(pool, tenant)));
  return tookMs;
}

async function killMs(pool: AgentPool): Promise<number> {
  const tenant = `tenant-${tenants++}`;
  const session = await firstAnswer(pool, tenant, spin);
  await new Promise((resolve) => setTimeout(resolve, SPIN_MS));
  return timeMs(async () => {
    const outcome = await session.cancel();
    if (outcome.reason !== 'cancelled') throw new Error(`ended with ${outcome.reason}`);
    await until('the stuck isolate is gone', async () => !(await hasLiveIsolate(pool, tenant)));
  });
}

/** After an abnormal end the tenant keeps a row that tells of it; it has no process any more. */
async function hasLiveIsolate(pool: AgentPool, tenant: string): Promise<boolean> {
  const { isolates } = await pool.snapshot();
  return isolates.some((row) => row.tenant === tenant && row.pid !== null);
}

async function spareReady(pool: AgentPool): Promise<void> {
  await until('a spare is ready', async () => {
    const { isolates } = await pool.snapshot();
    return isolates.some(
      (row) => row.tenant === null && row.pid !== null && row.rung !== 'coroutine',
    );
  });
}

async function rawMs(make: typeof ipcPeer): Promise<number> {
  const startMs = performance.now();
  const peer = make();
  await peer.exchange(1, 1);
  const tookMs = performance.now() - startMs;
  await peer.close();
  return tookMs;
}
