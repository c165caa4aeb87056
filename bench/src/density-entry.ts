/** The process in which `density.bench.ts` measures one thing, told by its argument. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { AgentPool, SessionHandle } from '@tenantry/core';
import echo from './agents/echo.js';
import { measureCalls } from './calls.js';
import type { DensityAnswer } from './density.bench.js';
import { startedPool } from './tenantry.js';

const SESSIONS = 10_000;
const TENANTS = 100;
const ISOLATES = 20;
const KB = 1_024;
const MB = 1_048_576;
/** Long enough for a boot's garbage to be collected and its pages to be counted. */
const SETTLE_MS = 1_000;

const collect = (globalThis as { gc?: () => void }).gc!;
const idler = new URL('./peers/message-port-entry.js', import.meta.url);

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  for (let pass = 0; pass < 3; pass += 1) collect();
}

function pssMb(pid: number): number {
  const [, kb] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))!;
  return Number(kb) / KB;
}

async function idleSession(pool: AgentPool, tenant: string): Promise<SessionHandle> {
  const session = await pool.open({ tenant, agent: echo });
  await session.send('hello');
  await session.messages.next();
  void session.done;
  return session;
}

async function coroutine(): Promise<DensityAnswer> {
  const pool = await startedPool({ maxConcurrentSessions: SESSIONS });
  // A first one loads and compiles what sessions share.
  await (await idleSession(pool, 'tenant-0')).close();
  await settled();
  const beforeBytes = process.memoryUsage().heapUsed;
  const handles: SessionHandle[] = [];
  for (let index = 0; index < SESSIONS; index += 1) {
    handles.push(await idleSession(pool, `tenant-${index % TENANTS}`));
  }
  await settled();
  const { heapUsed, rss } = process.memoryUsage();
  if (handles.some(({ state }) => state !== 'active')) throw new Error('a session has ended');
  return { value: (heapUsed - beforeBytes) / SESSIONS / KB, rssMb: rss / MB };
}

async function isolates(isolate: 'worker_threads' | 'child_process'): Promise<AgentPool> {
  const pool = await startedPool({ isolation: 'process', isolate });
  await settled();
  return pool;
}

async function thread(): Promise<DensityAnswer> {
  const pool = await isolates('worker_threads');
  const beforeBytes = process.memoryUsage.rss();
  for (let index = 0; index < ISOLATES; index += 1) await idleSession(pool, `tenant-${index}`);
  await settled();
  return { value: (process.memoryUsage.rss() - beforeBytes) / ISOLATES / MB };
}

async function child(): Promise<DensityAnswer> {
  const pool = await isolates('child_process');
  for (let index = 0; index < ISOLATES; index += 1) await idleSession(pool, `tenant-${index}`);
  await settled();
  const { isolates: rows } = await pool.snapshot();
  const shares = rows.filter(({ rung }) => rung === 'process').map(({ pid }) => pssMb(pid!));
  await pool.close();
  return { value: shares.reduce((sum, mb) => sum + mb, 0) / shares.length };
}

async function rawWorker(): Promise<DensityAnswer> {
  await settled();
  const beforeBytes = process.memoryUsage.rss();
  for (let index = 0; index < ISOLATES; index += 1) {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(idler, { workerData: port2, transferList: [port2 as never] });
    port1.postMessage('hello');
    await Promise.all([once(port1, 'message'), once(worker, 'online')]);
  }
  await settled();
  return { value: (process.memoryUsage.rss() - beforeBytes) / ISOLATES / MB };
}

async function rawFork(): Promise<DensityAnswer> {
  const entry = fileURLToPath(new URL('./peers/ipc-entry.js', import.meta.url));
  const children: ChildProcess[] = [];
  for (let index = 0; index < ISOLATES; index += 1) {
    const forked = fork(entry, [], { execArgv: [], serialization: 'advanced' });
    forked.send('hello');
    await once(forked, 'message');
    children.push(forked);
  }
  await settled();
  const shares = children.map(({ pid }) => pssMb(pid!));
  for (const forked of children) forked.kill();
  return { value: shares.reduce((sum, mb) => sum + mb, 0) / shares.length };
}

const MEASURES: Readonly<Record<string, () => Promise<DensityAnswer>>> = {
  coroutine,
  thread,
  process: child,
  rawWorker,
  rawFork,
  calls: () => measureCalls(Number(process.argv[3])),
};

const answer = await MEASURES[process.argv[2]!]!();
process.send!(answer, () => process.exit(0));
