/**
 * Every command of docs/runbooks/recovery.md, in its order, with examples/service: it is killed, copied
 * while it runs, stopped, lost, restored, damaged and put right.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExampleService } from '../fixtures/example-service.js';
import type { Ran } from '../fixtures/run.js';
import { commandsOf, says } from '../fixtures/runbook.js';
import { eventually } from '../service/started-service.js';

const PAGE = 'docs/runbooks/recovery.md';
const AN_HOUR_MS = 3_600_000;
/** Some steps start the service twice. */
const STEP_TIMEOUT_MS = 120_000;

let example: ExampleService;
const inFolder = (file: string): string => path.join(example.folder.path, file);

beforeAll(async () => {
  example = await ExampleService.make();
  await example.shell.type('ACME=$(tenantry keys create --tenant acme --state-dir state)');
  await example.serve();
  await submit({ order: 4711 });
  await submit({ order: 4712 });
  await submit({ order: 1, totalCents: 250 }, AN_HOUR_MS);
  for (const act of ['isolate acme --as process', 'pin initech process', 'cap acme 7'])
    expect((await example.type(`tenantry ${act}`)).code).toBe(0);
  await eventually('both have failed for good', async () =>
    (await jobs()).startsWith('1 queued, 2 dead'),
  );
}, STEP_TIMEOUT_MS);
afterAll(() => example.remove());

async function submit(input: object, delayMs = 0): Promise<void> {
  const body = JSON.stringify({ agent: 'invoice', input, delayMs });
  const answer = await example.type(
    `curl -s localhost:8080/v1/jobs -H "authorization: Bearer $ACME" -H 'content-type: application/json' -d '${body}'`,
  );
  expect(answer.stdout).toContain('"state":"queued"');
}

interface Seen {
  readonly jobs: Readonly<Record<'queued' | 'retrying' | 'deadLetters' | 'doneKept', number>>;
  readonly tenants: readonly { readonly tenant: string; readonly rung: string }[];
}

async function snapshot(): Promise<Seen> {
  return JSON.parse((await example.type('tenantry snapshot --json')).stdout) as Seen;
}

async function jobs(): Promise<string> {
  const { queued, retrying, deadLetters, doneKept } = (await snapshot()).jobs;
  return `${queued + retrying} queued, ${deadLetters} dead, ${doneKept} done`;
}

/** All that has to survive; of the audit trail the page asks itself. */
async function expectAllThere(): Promise<void> {
  const { tenants, jobs: kept } = await snapshot();
  expect(tenants.find(({ tenant }) => tenant === 'acme')).toMatchObject({
    rung: 'process',
    maxSessions: 7,
  });
  expect(tenants.find(({ tenant }) => tenant === 'initech')).toMatchObject({
    ladder: { state: 'pinned' },
  });
  expect([kept.queued, kept.deadLetters]).toEqual([1, 2]);
  const me = `${example.serving.url}/v1/me`;
  const asAcme = await example.shell.type(`curl -s ${me} -H "authorization: Bearer $ACME"`);
  expect(asAcme.stdout).toContain('"tenant":"acme"');
  expect((await example.shell.type(`curl -s ${me}`)).stdout).toContain('UNAUTHORIZED');
}

const nothing = async (): Promise<void> => {};
const restart = async (): Promise<void> => {
  await example.serve();
  await expectAllThere();
};

interface Step {
  readonly before?: () => Promise<unknown>;
  readonly shows: (ran: Ran) => unknown;
  readonly code?: number;
}
const shows = (...parts: readonly (string | RegExp)[]): Step => ({ shows: says(...parts) });
const WHOLE = shows(/the chain of \d+ records is whole/);

/** What each command of the page has to show here, in the order of the page, and what happens before it. */
const SHOWN: readonly (readonly [string, Step])[] = [
  ['tenantry bundle --out before-restart.tar.gz', shows('before-restart.tar.gz')],
  [
    'tenantry deadletters list',
    {
      shows: async (ran) => {
        says(/acme *│ invoice/)(ran);
        await example.end();
        await restart();
      },
    },
  ],
  [
    `kill -9 $(tenantry snapshot --json | grep -m1 -o '"pid": [0-9]*' | grep -o '[0-9]*')`,
    {
      shows: () =>
        eventually('another worker is ready', async () =>
          (await example.type('curl -s localhost:9090/readyz')).stdout.includes('"restarts":1'),
        ),
    },
  ],
  [
    'curl -s localhost:9090/readyz',
    { before: readyAgain, shows: says('"ready":true', '"restarts":1') },
  ],
  ['tenantry logs --level warn --since 10m', { shows: expectAllThere }],
  ['mkdir -p -m 700 backup && cp -a state/. backup/ && rm -f backup/lock*', shows()],
  ['tenantry audit verify --state-dir backup', WHOLE],
  ['tenantry keys list --state-dir backup', shows(/acme *│ tenant/)],
  ['tenantry deadletters list --state-dir backup', shows(/acme *│ invoice[^]*acme *│ invoice/)],
  [
    "tar --exclude='lock*' -czf state.tar.gz state",
    { before: () => example.end(), shows: nothing },
  ],
  ['mv state state.lost', shows()],
  [
    'tar -xzf state.tar.gz',
    { before: () => rm(inFolder('state.lost'), { recursive: true }), shows: nothing },
  ],
  ['tenantry audit verify --state-dir state', WHOLE],
  ['tenantry keys list --state-dir state', shows(/acme *│ tenant/)],
  ['tenantry snapshot', { before: restart, shows: says('dead letters 2') }],
  ['tenantry explain acme', shows(/by hand/)],
  ['tenantry deadletters list', shows(/acme *│ invoice/)],
  ['tenantry audit show --state-dir state --last 20', shows('tenant.pinned', 'pool.started')],
  [
    'ls state',
    {
      before: damaged,
      shows: says(
        /audit\.jsonl\.damaged-\d+/,
        /jobs\.jsonl\.damaged-\d+/,
        /tenants\.jsonl\.damaged-\d+/,
      ),
    },
  ],
  ['tenantry audit verify --state-dir state', WHOLE],
  ["JOB=$(tenantry deadletters list --json | grep -m1 -o '[0-9a-f-]\\{36\\}')", { shows: nothing }],
  [
    'tenantry deadletters show $JOB > $JOB.txt',
    {
      shows: async () =>
        expect((await example.shell.type('cat $JOB.txt')).stdout).toMatch(/has no total/),
    },
  ],
  ['tenantry replay --dead-letter $JOB', shows(/^reproduced/)],
  [
    'tenantry replay --dead-letter $JOB',
    { before: corrected, shows: says(/^not reproduced/), code: 1 },
  ],
  ['tenantry deadletters retry $JOB', shows('1 dead letter is queued again')],
  ['tenantry deadletters retry --all --dry-run', shows('dry run: ')],
  [
    'tenantry deadletters retry --all',
    {
      before: () => eventually('it is done', async () => (await jobs()).endsWith('1 dead, 1 done')),
      shows: () =>
        eventually('all are done', async () => (await jobs()).endsWith('0 dead, 2 done')),
    },
  ],
  ['tenantry audit verify --state-dir state', WHOLE],
];

async function readyAgain(): Promise<void> {
  await eventually('it takes sessions', async () =>
    (await example.type('curl -s localhost:9090/readyz')).stdout.includes('"ready":true'),
  );
}

/** A line that is none in each file, put there while nobody looks; what a start makes of a broken `keys.json`. */
async function damaged(): Promise<void> {
  await example.end();
  const keys = await readFile(inFolder('state/keys.json'), 'utf8');
  await writeFile(inFolder('state/keys.json'), '{');
  const refused = await example.folder.run(['serve', '--port', '0', '--ops-port', '0']);
  expect([refused.code, refused.stderr]).toEqual([
    expect.any(Number),
    expect.stringContaining('TENANTRY_STATE_DAMAGED'),
  ]);
  expect(refused.code).not.toBe(0);
  await writeFile(inFolder('state/keys.json'), keys);
  for (const name of ['audit', 'jobs', 'tenants'])
    await appendFile(inFolder(`state/${name}.jsonl`), 'no record\n');
  const found = await example.type('tenantry audit verify --state-dir state');
  expect([found.code, found.stderr]).toEqual([1, expect.stringContaining('is no record')]);
  await restart();
}

/** The agent's file is corrected, and taken up by the service. */
async function corrected(): Promise<void> {
  const file = inFolder('agents/invoice.mjs');
  await writeFile(file, (await readFile(file, 'utf8')).replace('totalCents > 0', 'order > 0'));
  await eventually('it is taken up', async () =>
    (await readFile(inFolder('service.log'), 'utf8')).includes('changed invoice'),
  );
}

describe('the runbook of recovery', () => {
  test('has no command that is not tried here, and in no other order', async () => {
    expect(await commandsOf(PAGE)).toEqual(SHOWN.map(([command]) => command));
  });

  test.each(SHOWN)(
    '%s',
    async (command, { before = nothing, shows, code = 0 }) => {
      await before();
      const result = await example.type(command);
      expect({ ...result, ended: result.code === code }).toMatchObject({ ended: true });
      await shows(result);
    },
    STEP_TIMEOUT_MS,
  );
});
