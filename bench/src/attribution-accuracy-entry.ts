/**
 * The process in which `attribution-accuracy.bench.ts` measures one rung: sessions that burn for a
 * while and stand still before and after, so that nothing is under way when figures are taken.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Snapshot } from '@tenantry/core';
import burner, { type BurnerInput, type Burnt } from './agents/burner.js';
import type { AttributionAnswer } from './attribution-accuracy.bench.js';
import { startedPool } from './tenantry.js';

const SESSIONS = 8;
const TENANTS = 4;
const TOTAL_SHARE = 0.6;
/** The last session burns four and a half times what the first one does: 2.7 to 12 % of a core. */
const LEAST_WEIGHT = 2;
const BURN_MS = 20_000;
/** Two reports of every isolate and two folds of every loop. */
const STILL_MS = 1_500;
const US_PER_MS = 1_000;
/** Of /proc, on every architecture that Node runs on. */
const MS_PER_TICK = 10;

const RUNGS = {
  coroutine: {},
  thread: { isolation: 'process', isolate: 'worker_threads' },
  process: { isolation: 'process', isolate: 'child_process' },
} as const;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const pool = await startedPool({
  ...RUNGS[process.argv[2] as keyof typeof RUNGS],
  enableIntrospection: true,
  maxConcurrentSessions: SESSIONS,
});

/** CPU time of a process, as the kernel has it: user and system are the 12th and 13th after the name. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / US_PER_MS;
}

interface Reading {
  readonly snapshot: Snapshot;
  /** Of all processes, read beside the snapshot. */
  readonly cpuMs: number;
}

async function read(): Promise<Reading> {
  const snapshot = await pool.snapshot();
  let cpuMs = ownCpuMs();
  for (const { pid, rung } of snapshot.isolates) {
    if (rung === 'process' && pid !== null) cpuMs += cpuMsOf(pid);
  }
  return { snapshot, cpuMs };
}

const totalMs = ({ snapshot }: Reading, session: string): number =>
  snapshot.sessions.find((row) => row.session === session)!.cpu!.totalMs;

const sumMs = ({ snapshot: { sessions, unattributed } }: Reading): number =>
  sessions.reduce((sum, { cpu }) => sum + cpu!.totalMs, unattributed!.cpu.totalMs);

const weights = Array.from({ length: SESSIONS }, (_, index) => LEAST_WEIGHT + index);
const sumOfWeights = weights.reduce((sum, weight) => sum + weight);
const sessions = [];
for (const [index, weight] of weights.entries()) {
  const input: BurnerInput = { share: (TOTAL_SHARE * weight) / sumOfWeights, seed: index + 1 };
  const tenant = `tenant-${index % TENANTS}`;
  sessions.push(await pool.open({ tenant, agent: burner, input }));
}
await pause(STILL_MS);
const before = await read();
for (const session of sessions) await session.send('burn');
await pause(BURN_MS);
for (const session of sessions) await session.send('stop');
const burnt: Burnt[] = [];
for (const session of sessions) {
  const { value } = await session.messages[Symbol.asyncIterator]().next();
  burnt.push(value as Burnt);
}
await pause(STILL_MS);
const after = await read();
const answer: AttributionAnswer = {
  sessions: sessions.map(({ id }, index) => ({
    ...burnt[index]!,
    countedMs: totalMs(after, id) - totalMs(before, id),
  })),
  sumMs: sumMs(after) - sumMs(before),
  processCpuMs: after.cpuMs - before.cpuMs,
};
await pool.close();
process.send!(answer, () => process.exit(0));
