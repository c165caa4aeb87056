import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { AgentPool } from '../../src/pool/agent-pool.js';
import type { JobRecord } from '../../src/jobs/job.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';
import { agentOf, type Entered } from './kept-agent.js';

const PROGRAM = fileURLToPath(new URL('./job-process.js', import.meta.url));
const ROUNDS = 6;

interface Told {
  readonly acknowledged?: string;
  readonly done?: string;
}

/** A failure that prints thousands takes minutes to print. */
const few = <T>(all: readonly T[]): T[] => all.slice(0, 5);

/** Kills a process at a moment that is later in each round, and returns what it told. */
async function killedRound(folder: string, round: number): Promise<Told[]> {
  const child = spawn(process.execPath, [PROGRAM, folder, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  const killAt = Math.ceil(((round - Math.random()) / ROUNDS) * 150);
  let isKilled = false;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    told.push(JSON.parse(line) as Told);
    if (told.length < killAt || isKilled) return;
    isKilled = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 10);
  });
  const [[, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  expect(signal).toBe('SIGKILL');
  return told;
}

test('of a process killed again and again no acknowledged job is lost, and none runs twice unsaid', async () => {
  const folder = tempFolder();
  const told: Told[] = [];
  /** How many lines of the agent there were when each round was over. */
  const doneBefore = new Map<string, number>();
  const file = path.join(folder, 'entered.jsonl');
  // A process may be killed before any agent was entered.
  const entered = (): Entered[] =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Entered);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ofRound = await killedRound(folder, round);
    told.push(...ofRound);
    const lines = entered().length;
    for (const { done } of ofRound) if (done !== undefined) doneBefore.set(done, lines);
  }
  const acknowledged = told.flatMap(({ acknowledged: id }) => id ?? []);
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);

  const last: Entered[] = [];
  const pool = new AgentPool(
    {
      stateDir: path.join(folder, 'state'),
      agents: [agentOf((line) => last.push(JSON.parse(line) as Entered))],
      enableIntrospection: false,
      memoryWarnMb: 0,
      maxSessions: 64,
    },
    { log: new MemoryLog() },
  );
  await pool.start();
  const records = await Promise.all(acknowledged.map((id) => pool.jobs.settled(id)));
  expect(few(records.filter(({ state }) => state !== 'done'))).toEqual([]);
  const isOther = ({ result, input }: JobRecord): boolean =>
    JSON.stringify(result) !== JSON.stringify(input);
  expect(few(records.filter(isOther))).toEqual([]);
  await pool.close();

  const all = [...entered(), ...last];
  const runs = all.filter(({ what }) => what === 'entered');
  // Every attempt is entered once, and all but the first say that the one before was cut off.
  expect(new Set(runs.map(({ job, attempt }) => `${job}/${attempt}`)).size).toBe(runs.length);
  expect(few(runs.filter(({ attempt, interrupted }) => interrupted !== attempt > 1))).toEqual([]);
  // The kills hit some of them.
  expect(runs.filter(({ interrupted }) => interrupted).length).toBeGreaterThan(0);
  // What was told to be done is not entered again.
  const again = all.filter(
    ({ job, what }, at) => what === 'entered' && at >= (doneBefore.get(job) ?? Infinity),
  );
  expect(few(again)).toEqual([]);
}, 120_000);
