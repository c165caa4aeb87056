/** Every command of docs/runbooks/debugging-density.md, on a service that has the troubles it is about. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BIN, environment, type Ran } from '../fixtures/run.js';

const PAGE = new URL('../../../../../docs/runbooks/debugging-density.md', import.meta.url);
const POOL = fileURLToPath(new URL('../fixtures/density-pool.js', import.meta.url));

let directory: string;
let env: NodeJS.ProcessEnv;
let service: ChildProcess;
let log = '';

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'tenantry-runbook-'));
  env = environment(directory);
  service = spawn(process.execPath, [POOL], {
    env,
    cwd: directory,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const blocked = new Promise<void>((resolve) => {
    service.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/"isOngoing":false/.test(log)) resolve();
    });
  });
  await once(service.stdout!, 'data');
  await blocked;
});
afterAll(async () => {
  service.stdin!.end();
  await once(service, 'exit');
  await rm(directory, { recursive: true, force: true });
});

async function commandsOfPage(): Promise<string[]> {
  const page = await readFile(PAGE, 'utf8');
  return [...page.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block]) => block!.split('\n'))
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** As a person would type it, in an empty folder. */
async function type(command: string): Promise<Ran> {
  const [name, ...args] = command.split(' ');
  expect(name).toBe('tenantry');
  const child = spawn(process.execPath, [BIN, ...args], {
    env,
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { stdout, stderr, code };
}

/** The tenants of the rows of sessions, from the top. */
const order = (text: string): string[] =>
  [...text.matchAll(/\b(?:billing)\b.*?\b(acme|hot|quiet)\b/g)].map(([, tenant]) => tenant!);

/** What each command of the page has to show here. */
const SHOWN: Readonly<Record<string, (ran: Ran) => unknown>> = {
  'tenantry top': ({ stdout }) => expect(stdout).toContain('density'),
  'tenantry top --once': ({ stdout }) =>
    expect(order(stdout).sort()).toEqual(['acme', 'hot', 'quiet']),
  'tenantry top --once --sort duration_s': ({ stdout }) => expect(order(stdout)).toHaveLength(3),
  'tenantry top --once --status idle': ({ stdout }) => expect(stdout).toContain('density'),
  'tenantry top --once --status slow': ({ stdout }) => expect(order(stdout)).toEqual(['acme']),
  'tenantry snapshot --tenant acme': ({ stdout }) =>
    expect(stdout).toMatch(/chargeCard.*billing\.(ts|js):\d+/),
  'tenantry set slowSessionThresholdMs 20': ({ stdout }) => expect(stdout).toContain('is 20'),
  'tenantry top --once --sort blocked_ms': ({ stdout }) => expect(order(stdout)[0]).toBe('acme'),
  'tenantry set slowSessionThresholdMs 50': ({ stdout }) => expect(stdout).toContain('is 50'),
  'tenantry top --once --sort cpu_pct': ({ stdout }) => expect(order(stdout)[0]).toBe('hot'),
  'tenantry profile acme --seconds 2': () => profiled('.cpuprofile', 'chargeCard'),
  'tenantry top --once --sort mem_mb': ({ stdout }) => expect(stdout).toMatch(/≈\s*\d/),
  'tenantry profile main --heap --seconds 2': () => profiled('.heapprofile', '"head"'),
  'tenantry snapshot --json': ({ stdout }) =>
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 2, runtime: { name: 'density' } }),
};

async function profiled(ending: string, content: string): Promise<void> {
  const file = (await readdir(directory)).find((name) => name.endsWith(ending));
  expect(await readFile(path.join(directory, file!), 'utf8')).toContain(content);
}

describe('the runbook for density', () => {
  test('has no command that is not tried here', async () => {
    expect([...new Set(await commandsOfPage())].sort()).toEqual(Object.keys(SHOWN).sort());
  });

  test.each(Object.keys(SHOWN))('%s', async (command) => {
    const ran = await type(command);
    expect([ran.code, ran.stderr.includes('TENANTRY_')]).toEqual([0, false]);
    await SHOWN[command]!(ran);
  });

  test('the log line names session, tenant, length, function, file and line', () => {
    expect(log).toMatch(
      /\[slow-session\] session_id=[0-9a-f-]{36} tenant=acme blocked event loop for \d+ms at chargeCard \(.*billing\.(ts|js):\d+\)/,
    );
  });
});
