/**
 * How many durable jobs a second, 64 under way at any moment: from submitting one to its kept result,
 * and from submitting one to its acknowledgement. Nothing is told before it is synced to the disk: a
 * job has three records, submitted, started and done. The peer is plainjob on SQLite with
 * `synchronous = FULL`, on the same disk, its jobs taken one after the other by one worker: more of them
 * in a process wait for the same connection. `peerBatchEnqueuePerS` is its `addMany` with 64 jobs, which
 * acknowledges all of them at once; ours is given them one by one, and shares what the disk syncs.
 *
 * To reach: not slower than the peer, in both. Measured on 2026-11-26, Node 20.20.2, two cores with ten
 * times as much other work, one run: 386 jobs a second to the end beside 56, 1,899 acknowledged beside 165,
 * and 7,056 by its `addMany`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import answer from './agents/answer.js';
import type { Bench } from './bench.js';
import { inFlight, measureRates, type Contender, type RoundRules } from './harness.js';
import { openPlainjob, type OpenedPlainjob } from './peers/plainjob.js';
import { startedPool } from './tenantry.js';

const WIDTH = 64;
const INPUT = { order: 4_711, customer: 'c-1', lines: [{ sku: 'A-1', count: 2 }] };
/** A sync takes as long as the disk likes: longer rounds than where only the processor counts. */
const ROUNDS: RoundRules = { rounds: 5, roundMs: 1_000 };

export const bench: Bench = {
  about: 'durable jobs: submit → done and submit → acknowledged, 64 under way, each synced',
  targets: [
    {
      what: 'submit → done ÷ plainjob',
      unit: '×',
      value: (results) => results['durableJobsPerS']! / results['peerPerS']!,
      atLeast: 1,
    },
    {
      what: 'submit → acknowledged ÷ plainjob.add',
      unit: '×',
      value: (results) => results['enqueuePerS']! / results['peerEnqueuePerS']!,
      atLeast: 1,
    },
  ],
  async run(note) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-bench-'));
    const peer = await openPlainjob(path.join(folder, 'plainjob.db'), note);
    const jobs = { maxDone: 1_000, maxQueuedPerTenant: 1_000_000, maxStoredBytes: 4_294_967_296 };
    const pool = await startedPool({
      stateDir: path.join(folder, 'state'),
      maxConcurrentSessions: 1_000,
      jobs: { ...jobs, maxRunning: WIDTH, maxRunningPerTenant: WIDTH },
    });
    const job = { tenant: 'acme', agent: answer.name, input: INPUT };
    const worked = workedBy(peer);
    const contenders: Contender[] = [
      once('durableJobs', async () => pool.jobs.settled((await pool.jobs.submit(job)).id)),
      once('peer', () => worked.run()),
      // Due in a month: what is measured is that they are kept, not that they run.
      once('enqueue', () => pool.jobs.submit({ ...job, tenant: 'globex', delayMs: 2_592_000_000 })),
      once('peerEnqueue', async () => peer.queue.add('later', INPUT)),
      {
        name: 'peerBatchEnqueue',
        run: async (count) => {
          for (let left = count; left > 0; left -= WIDTH) {
            const size = Math.min(WIDTH, left);
            peer.queue.addMany(
              'later',
              Array.from({ length: size }, () => INPUT),
            );
          }
        },
      },
    ];
    const rates = await measureRates(contenders, ROUNDS);
    await worked.stop();
    peer.close();
    await pool.close();
    await rm(folder, { recursive: true, force: true });
    return Object.fromEntries([...rates].map(([name, rate]) => [`${name}PerS`, rate]));
  },
};

function once(name: string, run: () => Promise<unknown>): Contender {
  return { name, run: (count) => inFlight(count, WIDTH, run) };
}

/** The peer's jobs, each with whoever waits for it to be done. */
function workedBy(peer: OpenedPlainjob): { run(): Promise<void>; stop(): Promise<void> } {
  const waiting = new Map<number, () => void>();
  const worker = peer.work(
    'now',
    async (data) => JSON.parse(data) as unknown,
    (id) => {
      waiting.get(id)?.();
      waiting.delete(id);
    },
  );
  const working = worker.start();
  return {
    run: () =>
      new Promise((resolve) => {
        waiting.set(peer.queue.add('now', INPUT).id, resolve);
      }),
    async stop() {
      await worker.stop();
      await working;
    },
  };
}
