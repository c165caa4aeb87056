/** Every command of docs/runbooks/debugging-density.md, on a service that has the troubles it is about. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Ran } from '../fixtures/run.js';
import { commandsOf, startService, type RunbookService } from '../fixtures/runbook.js';

const PAGE = 'docs/runbooks/debugging-density.md';

let service: RunbookService;

beforeAll(async () => {
  service = await startService('density-pool.js', /"isOngoing":false/);
});
afterAll(() => service.end());

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
  'tenantry top --once --status slow': onlyAcme,
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

/** Where the machine has no time, a turn of another tenant's may be as long for once, for five seconds. */
async function onlyAcme({ stdout }: Ran): Promise<void> {
  const endMs = performance.now() + 20_000;
  let shown = order(stdout);
  while (shown.join() !== 'acme' && performance.now() < endMs)
    shown = order((await service.type('tenantry top --once --status slow')).stdout);
  expect(shown).toEqual(['acme']);
}

async function profiled(ending: string, content: string): Promise<void> {
  const { directory } = service;
  const file = (await readdir(directory)).find((name) => name.endsWith(ending));
  expect(await readFile(path.join(directory, file!), 'utf8')).toContain(content);
}

describe('the runbook for density', () => {
  test('has no command that is not tried here', async () => {
    expect([...new Set(await commandsOf(PAGE))].sort()).toEqual(Object.keys(SHOWN).sort());
  });

  test.each(Object.keys(SHOWN))('%s', async (command) => {
    const ran = await service.type(command);
    expect([ran.code, ran.stderr.includes('TENANTRY_')]).toEqual([0, false]);
    await SHOWN[command]!(ran);
  });

  test('the log line names session, tenant, length, function, file and line', () => {
    expect(service.log()).toMatch(
      /\[slow-session\] session_id=[0-9a-f-]{36} tenant=acme blocked event loop for \d+ms at chargeCard \(.*billing\.(ts|js):\d+\)/,
    );
  });
});
