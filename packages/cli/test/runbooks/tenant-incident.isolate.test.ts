/** Every command of docs/runbooks/tenant-incident.md, in its order, on a service with four tenants of which three are in trouble. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Ran } from '../fixtures/run.js';
import {
  commandsOf,
  notPrinted,
  outputsOf,
  says,
  startService,
  type RunbookService,
} from '../fixtures/runbook.js';

const PAGE = 'docs/runbooks/tenant-incident.md';

let service: RunbookService;
/** What the names of the page stand for here. */
const meant: Record<string, string> = { '/var/lib/voice': 'state' };
const ran = new Map<string, Ran>();

beforeAll(async () => {
  service = await startService('incident-pool.js');
  const { acme, initech } = await service.sessions();
  meant['3f2a91c0'] = acme!;
  meant['8e4af50c'] = initech!;
});
afterAll(() => service.end());

/** What each command of the page has to show here, in the order of the page. */
const SHOWN: readonly (readonly [string, (ran: Ran) => unknown])[] = [
  [
    'tenantry top --once',
    says(/ms: tenant acme session/, 'breaker open: globex', 'escalated: acme to thread'),
  ],
  [
    'tenantry snapshot --tenant acme',
    says('confined 1 of 4 tenants', /acme *│ thread [\d.]+ s *│ *1\/20 /, /chargeCard/),
  ],
  [
    'tenantry explain globex',
    says(
      /its breaker opened after 5 of 5 sessions failed; new sessions were refused for 30/,
      /\d+ × breaker/,
      /Its breaker is open, a probe may start in/,
    ),
  ],
  ['tenantry explain initech', says('runs 2 of 2 allowed sessions', /\d+ × tenant-cap/)],
  [
    'tenantry explain acme',
    says(
      /was moved from coroutine to thread for 60\.0 s: 3 blocks of/,
      /placed on thread, where it is confined/,
    ),
  ],
  ['tenantry set slowSessionThresholdMs 20', says('is 20')],
  ['tenantry profile acme --seconds 1', () => profiled('chargeCard')],
  [
    'tenantry snapshot --tenant umbrella',
    // Its rung, and no failure, no refusal: nothing of the others' troubles.
    says(/umbrella *│ coroutine *│ *\d\/- *│ - *│ *- *│.*│ *\d+ │ *0 │ - *│/),
  ],
  ['tenantry cap initech 1 --dry-run', says('dry run: ', 'maxSessions: 2 → 1')],
  // As after a dry run nothing is changed yet, it changes from 2 once more.
  ['tenantry cap initech 1', says('maxSessions: 2 → 1')],
  ['tenantry kick 8e4af50c', says('"initech" is ended with "cancelled"', 'reason: cancelled')],
  ['tenantry drain --tenant acme --timeout 1s', says('sessions: 1 → 0', 'drained: 1')],
  ['tenantry pin acme thread', says('stays on thread', 'pin: none → thread')],
  ['tenantry isolate globex --as process', says('rung: coroutine → process')],
  ['tenantry trip initech', says('breaker: closed → open')],
  ['tenantry reset initech', says('breaker: open → closed')],
  [
    'tenantry explain 3f2a91c0',
    says('is one of tenant acme', /was ended with "drained" on rung coroutine/, 'pinned to thread'),
  ],
  [
    'tenantry audit show --state-dir /var/lib/voice --tenant acme --last 8',
    says('tenant.escalated', 'session.ended', 'tenant.drained', 'tenant.pinned'),
  ],
  ['tenantry audit verify --state-dir /var/lib/voice', says(/the chain of \d+ records is whole/)],
  [
    'tenantry explain acme --state-dir /var/lib/voice',
    says('was moved from coroutine to thread', 'was pinned to thread, by hand'),
  ],
  ['tenantry release globex', says('rung: process → coroutine')],
  ['tenantry pin acme none', says('rung: thread → coroutine')],
  ['tenantry cap initech default', says('maxSessions: 1 → 2')],
  ['tenantry set slowSessionThresholdMs 50', says('is 50')],
];

async function profiled(content: string): Promise<void> {
  const { directory } = service;
  const file = (await readdir(directory)).find((name) => name.endsWith('.cpuprofile'));
  expect(await readFile(path.join(directory, file!), 'utf8')).toContain(content);
}

describe('the runbook for an incident of one tenant', () => {
  test('has no command that is not tried here, and in no other order', async () => {
    expect(await commandsOf(PAGE)).toEqual(SHOWN.map(([command]) => command));
  });

  test.each(SHOWN)('%s', async (command, shows) => {
    const result = await service.type(command, meant);
    ran.set(command, result);
    expect([result.code, result.stderr.includes('TENANTRY_')]).toEqual([0, false]);
    await shows(result);
  });

  test('shows nothing as printed that was not', async () => {
    const outputs = await outputsOf(PAGE);
    expect(outputs.length).toBeGreaterThan(10);
    const invented = outputs.flatMap(({ command, lines }) =>
      lines.flatMap((line) =>
        notPrinted(line, ran.get(command)!).map((part) => `${command}: ${part}`),
      ),
    );
    expect(invented).toEqual([]);
  });

  test('quotes the line that the log has of a breaker that opens', async () => {
    expect(service.log()).toContain(
      "[circuit-breaker] tenant 'globex' opened after 5/5 failures; rejecting its new sessions for 30s",
    );
  });
});
