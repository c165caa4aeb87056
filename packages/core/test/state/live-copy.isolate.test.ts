/** What a copy of a state directory is worth that is taken while a pool writes into it, again and again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readBundle } from '../../src/bundle/read-bundle.js';
import { AgentPool } from '../../src/pool/agent-pool.js';
import { verifyAuditFile } from '../../src/state/verify-audit.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';

const PROGRAM = fileURLToPath(new URL('./copied-process.js', import.meta.url));
const COPIES = 12;
/** So many changes lie between two copies. */
const CHANGES_BETWEEN = 60;

interface Told {
  readonly job?: string;
  readonly cap?: number;
}

test('a copy of a live state directory has all that was acknowledged before it began', async () => {
  const folder = tempFolder();
  const child = spawn(process.execPath, [PROGRAM, folder], {
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const jobs: string[] = [];
  let cap = 0;
  let copies = 0;
  let changes = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as Told;
    if (told.job !== undefined) jobs.push(told.job);
    cap = told.cap ?? cap;
    changes += 1;
    if (changes < (copies + 1) * CHANGES_BETWEEN) continue;
    copies += 1;
    const before = { jobs: [...jobs], cap };
    const copy = path.join(folder, `copy-${copies}`);
    // Nothing waits for anything: the process writes on while its files are read.
    await copied(path.join(folder, 'state'), copy);
    await expectWhole(copy, before);
    rmSync(copy, { recursive: true });
    if (copies === COPIES) break;
  }
  child.kill('SIGKILL');
  await ended;
  expect([copies, jobs.length > COPIES, cap > COPIES]).toEqual([COPIES, true, true]);
});

/** As `cp -a` without the lock. A draft that is renamed meanwhile is not missed: it is there as what it became. */
async function copied(from: string, to: string): Promise<void> {
  mkdirSync(to, { mode: 0o700 });
  for (const name of readdirSync(from).filter((each) => !each.startsWith('lock'))) {
    try {
      await cp(path.join(from, name), path.join(to, name), { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Of the folder of bundles: an old one was removed, or a draft became a bundle.
      if (name === 'bundles')
        cpSync(path.join(from, name), path.join(to, name), { recursive: true });
    }
  }
}

async function expectWhole(
  stateDir: string,
  before: { readonly jobs: readonly string[]; readonly cap: number },
): Promise<void> {
  const bundles = path.join(stateDir, 'bundles');
  const files = readdirSync(stateDir).includes('bundles') ? readdirSync(bundles) : [];
  for (const file of files.filter((name) => name.endsWith('.tar.gz')))
    await readBundle(path.join(bundles, file));
  const log = new MemoryLog();
  const options = {
    stateDir,
    agents: [],
    tenants: { capped: {} },
    enableIntrospection: false,
    memoryWarnMb: 0,
  };
  const pool = new AgentPool({ ...options, jobs: { maxDone: 1_000_000 } }, { log });
  await pool.start();
  const lost = before.jobs.filter((id) => pool.jobs.get(id) === undefined);
  const { tenants } = await pool.snapshot();
  const capped = tenants.find(({ tenant }) => tenant === 'capped')?.maxSessions ?? 0;
  await pool.close();
  expect(lost).toEqual([]);
  expect(capped).toBeGreaterThanOrEqual(before.cap);
  expect(await verifyAuditFile(path.join(stateDir, 'audit.jsonl'))).toMatchObject({ ok: true });
  // A torn end is cut off. A damaged file would be kept under that name.
  expect(readdirSync(stateDir).filter((name) => name.includes('.damaged-'))).toEqual([]);
}
