/** Every command and every file of docs/runbooks/onboarding-a-tenant.md, in its order, on a service with its options. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { environment, run, type Ran } from '../fixtures/run.js';
import {
  commandsOf,
  notPrinted,
  outputsOf,
  says,
  startService,
  type RunbookService,
} from '../fixtures/runbook.js';

const PAGE = 'docs/runbooks/onboarding-a-tenant.md';
const ROOT = new URL('../../../../../', import.meta.url);
const AGENTS = fileURLToPath(new URL('../fixtures/runbook-agents', import.meta.url));

let service: RunbookService;
/** What the names of the page stand for here. */
const meant = { '/var/lib/voice': 'state', './agents': AGENTS };
/** A command that stands twice on the page shows two things. */
const ran = new Map<string, Ran[]>();

beforeAll(async () => {
  service = await startService('onboarding-pool.js');
});
afterAll(() => service.end());

/** What each command of the page has to show here, in the order of the page. */
const SHOWN: readonly (readonly [string, (ran: Ran) => unknown])[] = [
  ['tenantry list ./agents', says(/support *│ support\.js *│ ok/)],
  ['tenantry audit verify --state-dir /var/lib/voice', says('is whole')],
  ['tenantry top --once --tenant newcomer', says(/newcomer +process/)],
  [
    'tenantry snapshot --tenant newcomer',
    says(/newcomer │ process \(pin\) *│ *2\/2/, /process-1 *│ newcomer/),
  ],
  [
    'tenantry explain newcomer',
    says('runs 2 of 2 allowed sessions', 'where it is pinned', /\d+ × tenant-cap/),
  ],
  ['tenantry cap newcomer 10 --dry-run', says('maxSessions: 2 → 10')],
  ['tenantry cap newcomer 10', says('maxSessions: 2 → 10')],
  ['tenantry pin newcomer thread', says('rung: process → thread', 'pin: process → thread')],
  [
    'tenantry drain --tenant newcomer --timeout 1s',
    says(/sessions: \d → 0/, /\d sessions finished, \d were ended/),
  ],
  ['tenantry pin newcomer none', says('rung: thread → process')],
  ['tenantry release newcomer', says('rung: process → coroutine', 'state: confined → free')],
  ['tenantry cap newcomer default', says('maxSessions: 10 → 2')],
  ['tenantry cap newcomer 0', says('maxSessions: 2 → 0')],
  ['tenantry drain --tenant newcomer --timeout 2s', says(/sessions: \d → 0/)],
  ['tenantry explain newcomer', says('runs 0 of 0 allowed sessions')],
];

describe('the runbook for a new tenant', () => {
  test('has no command that is not tried here, and in no other order', async () => {
    expect(await commandsOf(PAGE)).toEqual(SHOWN.map(([command]) => command));
  });

  test.each(SHOWN)('%s', async (command, shows) => {
    const result = await service.type(command, meant);
    ran.set(command, [...(ran.get(command) ?? []), result]);
    expect([result.code, result.stderr.includes('TENANTRY_')]).toEqual([0, false]);
    await shows(result);
  });

  test('shows nothing as printed that was not', async () => {
    const outputs = await outputsOf(PAGE);
    expect(outputs.length).toBeGreaterThan(8);
    const invented = outputs.flatMap(({ command, lines }) => {
      const [first, ...more] = ran.get(command)!;
      const all = more.reduce(joined, first!);
      return lines.flatMap((line) => notPrinted(line, all).map((part) => `${command}: ${part}`));
    });
    expect(invented).toEqual([]);
  });

  test('has the files that are run here', async () => {
    const page = await readFile(new URL(PAGE, ROOT), 'utf8');
    const blocks = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, block]) => block);
    const files = await Promise.all(
      ['options.mjs', 'check.mjs'].map((file) =>
        readFile(new URL(`docs/snippets/onboarding/${file}`, ROOT), 'utf8'),
      ),
    );
    expect(blocks).toEqual(files);
    const check = fileURLToPath(new URL('docs/snippets/onboarding/check.mjs', ROOT));
    const { stdout, code } = await run(process.execPath, [check], environment(service.directory));
    expect([code, stdout]).toEqual([0, 'the options are valid\n']);
  });
});

function joined(one: Ran, other: Ran): Ran {
  return { ...one, stdout: one.stdout + other.stdout, stderr: one.stderr + other.stderr };
}
