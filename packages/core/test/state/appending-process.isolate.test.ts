import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { KeyedStore } from '../../src/state/keyed-store.js';
import { StateDir } from '../../src/state/state-dir.js';
import { verifyAuditFile } from '../../src/state/verify-audit.js';
import { systemClock } from '../../src/time/clock.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';
import { Told } from './told.js';

const PROGRAM = fileURLToPath(new URL('./appending-process.js', import.meta.url));
const ROUNDS = 8;

interface Acknowledged {
  readonly lane: number;
  readonly n: number;
}

/** Kills a process at a moment that is later in each round, and returns the records it acknowledged. */
async function killedRound(folder: string, round: number): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [PROGRAM, folder, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: Acknowledged[] = [];
  const killAt = Math.ceil(((round - Math.random()) / ROUNDS) * 200);
  let isKilled = false;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    acknowledged.push(JSON.parse(line) as Acknowledged);
    if (acknowledged.length < killAt || isKilled) return;
    isKilled = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 10);
  });
  const [[, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  expect(signal).toBe('SIGKILL');
  return acknowledged;
}

test('of a process killed again and again every acknowledged record is there, in one chain', async () => {
  const folder = tempFolder();
  const acknowledged: (Acknowledged & { readonly round: number })[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const each of await killedRound(folder, round)) acknowledged.push({ ...each, round });
  }
  const dir = await StateDir.open(folder);
  const told = new Told();
  const parts = { clock: systemClock, log: new MemoryLog(), listener: told };
  const file = path.join(folder, 'audit.jsonl');

  // The last round may have left a torn line; each start cuts off the one before it.
  const text = readFileSync(file, 'utf8');
  const whole = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  const verdict = await verifyAuditFile(file);
  if (text.endsWith('\n')) expect(verdict).toMatchObject({ ok: true, records: whole.length });
  else expect(verdict).toMatchObject({ why: 'torn-last-line', line: whole.length + 1 });
  const written = new Set(
    whole.map((line) => {
      const { round, n } = (JSON.parse(line) as { detail: { round: number; n: number } }).detail;
      return `${round}/${n}`;
    }),
  );
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
  expect(acknowledged.filter(({ round, n }) => !written.has(`${round}/${n}`))).toEqual([]);

  const store = await KeyedStore.open(dir, 'tenants', parts);
  const newest = new Map(acknowledged.map((each) => [`t${each.lane}`, each]));
  for (const [key, { round, n }] of newest) {
    const kept = store.entries().get(key) as { round: number; n: number };
    expect(kept.round).toBeGreaterThanOrEqual(round);
    if (kept.round === round) expect(kept.n).toBeGreaterThanOrEqual(n);
  }
  expect(told.words).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  await store.close();
  await dir.close();
}, 120_000);

// The inner shell ends once the outer one has become what never asks for it: it stays as a zombie. A
// shell that still is one may ask, and then nothing is listed any more.
test('a process that has ended and is still listed holds no lock', async () => {
  const folder = tempFolder();
  const parent = spawn('sh', ['-c', 'sh -c "read line" <&3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const [chunk] = (await once(parent.stdout!, 'data')) as [Buffer];
  const pid = Number(chunk.toString());
  await until('the outer shell has become something else', () =>
    readFileSync(`/proc/${parent.pid}/comm`, 'utf8').startsWith('sleep'),
  );
  (parent.stdio[3] as Writable).end();
  await until('the shell has ended', () =>
    readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '),
  );
  const lock = JSON.stringify({ pid, start: null, token: 'a'.repeat(32) });
  writeFileSync(path.join(folder, 'lock'), lock);
  await (await StateDir.open(folder)).close();
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});

test('the directory of a running process is refused to another, and free once it is killed', async () => {
  const folder = tempFolder();
  const child = spawn(process.execPath, [PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.stdout.resume();
  await expect(StateDir.open(folder)).rejects.toMatchObject({
    code: 'TENANTRY_STATE_IN_USE',
    details: { pid: child.pid },
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await StateDir.open(folder)).close();
});

test('of a file that may grow no further, and later may, every acknowledged record is there', async () => {
  const folder = tempFolder();
  // The soft limit on the size of a file: a write over it is cut short, the next one fails.
  const child = spawn('prlimit', ['--fsize=40000:unlimited', process.execPath, PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [acknowledged, refused]: [number[], string[]] = [[], []];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const told = JSON.parse(line) as Acknowledged & { readonly refused?: string };
    if (told.refused === undefined) acknowledged.push(told.n);
    else refused.push(told.refused);
  });
  const file = path.join(folder, 'audit.jsonl');
  await until(
    'a record of the audit log is cut short',
    () => refused.length > 0 && statSync(file).size === 40_000,
  );
  expect(new Set(refused)).toEqual(new Set(['TENANTRY_STATE_FAILED']));
  for (const name of ['audit.jsonl', 'tenants.jsonl']) {
    expect(statSync(path.join(folder, name)).size).toBeLessThanOrEqual(40_000);
  }
  const before = acknowledged.length;
  expect(before).toBeGreaterThan(0);
  execFileSync('prlimit', ['--fsize=unlimited', '--pid', String(child.pid)]);
  await until('it writes again', () => acknowledged.length > before + 100);
  child.kill('SIGKILL');
  await Promise.all([once(child, 'exit'), once(lines, 'close')]);

  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  writeFileSync(file, whole);
  const count = whole.split('\n').length - 1;
  expect(await verifyAuditFile(file)).toMatchObject({ ok: true, records: count });
  const written = new Set([...whole.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n)));
  expect(acknowledged.filter((n) => !written.has(n))).toEqual([]);
});
