/** Every command of docs/runbooks/triage.md, in its order, in a shell beside examples/service on a bad day. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ExampleService } from '../fixtures/example-service.js';
import type { Ran } from '../fixtures/run.js';
import { commandsOf, notPrinted, outputsOf, says } from '../fixtures/runbook.js';
import { eventually } from '../service/started-service.js';

const PAGE = 'docs/runbooks/triage.md';
const BAD_CREDENTIALS = 8;
/** A dozen commands are typed before the first test. */
const START_TIMEOUT_MS = 120_000;

let example: ExampleService;
const ran = new Map<string, Ran>();

beforeAll(async () => {
  example = await ExampleService.make();
  await example.shell.type('ACME=$(tenantry keys create --tenant acme --state-dir state)');
  await example.shell.type('GLOBEX=$(tenantry keys create --tenant globex --state-dir state)');
  await example.serve();
  await misbehave();
}, START_TIMEOUT_MS);
afterAll(() => example.remove());

/** What the page says of its day. */
async function misbehave(): Promise<void> {
  const asAcme = (message: string): Promise<Ran> =>
    example.shell.type(`SERVICE_KEY=$ACME node client.mjs acme orders '${message}'`);
  expect((await asAcme('{"item":"tea","quantity":8}')).stdout).toContain('succeeded');
  await eventually('its breaker opens', async () =>
    (await asAcme('{"item":"tea"}')).stderr.includes('TENANTRY_BREAKER_OPEN'),
  );
  const { url } = example.serving;
  const job = `-H "authorization: Bearer $GLOBEX" -H 'content-type: application/json' -d '{"agent":"invoice","input":{"order":4711}}'`;
  await example.shell.type(`curl -s ${url}/v1/jobs ${job}`);
  await eventually('the job has failed for good', async () =>
    (await example.shell.type('tenantry deadletters list')).stdout.includes('globex'),
  );
  const bad = { headers: { authorization: 'Bearer wrong', connection: 'close' } };
  for (let count = 0; count < BAD_CREDENTIALS; count += 1) await fetch(`${url}/v1/me`, bad);
  await example.folder.write('agents/support.mjs', 'export default (');
  await example.folder.write('tenantry.config.json', '{');
  const trail = path.join(example.folder.path, 'state/audit.jsonl');
  await eventually('the service has refused both', async () => {
    const text = await readFile(trail, 'utf8');
    return text.includes('config.rejected') && text.includes('agents.reloaded');
  });
}

interface Shown {
  readonly shows: (ran: Ran) => unknown;
  readonly codes?: readonly number[];
}
const shows = (...parts: readonly (string | RegExp)[]): Shown => ({ shows: says(...parts) });

/** What each command of the page has to show here, in the order of the page. */
const SHOWN: readonly (readonly [string, Shown])[] = [
  ['curl -s localhost:9090/healthz', shows('"ok":true', '"state":"running"')],
  ['curl -s localhost:9090/readyz', shows('"ready":')],
  [
    "curl -s localhost:9090/metrics | grep 'tenantry_requests_total.* [1-9]'",
    shows(/route="admin\.read",outcome="unauthorized"\} 5/, /outcome="rate-limited"\} \d/),
  ],
  [
    'tenantry triage',
    shows('Requests: ', 'tenant acme: One tenant stands out', 'Next: tenantry explain acme'),
  ],
  // What it thinks of the host of this test is its own matter.
  ['tenantry doctor', { shows: says(/\d+ failed, \d+ warnings, \d+ notes/), codes: [0, 1] }],
  ['tenantry settings --changed', shows(/escalation\.enforce *│ true *│ true *│ applied/)],
  ['tenantry snapshot --tenant acme', shows(/acme *│/)],
  ['tenantry explain acme', shows(/its breaker opened after \d of 5 sessions failed/)],
  ['tenantry bundle --tenant acme --out incident.tar.gz', shows('incident.tar.gz')],
  ['tenantry bundle show incident.tar.gz', shows('who      tenant acme', 'session.json')],
  ['tenantry replay incident.tar.gz', shows(/^reproduced: .*an order has no quantity/)],
  ['tenantry isolate acme --as process --dry-run', shows('dry run: ')],
  ['tenantry isolate acme --as process', shows(/rung: \w+ → process/)],
  [
    'tenantry logs --level warn --since 10m',
    shows(/\[auth\] refused .*TENANTRY_UNAUTHORIZED/, /\[config\] refused, the old config/),
  ],
  ['tenantry keys list --state-dir state', shows(/│ acme *│ tenant/)],
  [
    'KEY=$(tenantry keys create --role viewer --expires 1h --state-dir state)',
    { shows: ({ stderr }) => expect(stderr).toMatch('role viewer') },
  ],
  ['curl -s localhost:8080/v1/me -H "authorization: Bearer $KEY"', shows('"role":"viewer"')],
  [
    'tenantry audit show --state-dir state --last 20',
    shows('config.rejected', 'agents.reloaded', 'tenant.isolated'),
  ],
  [
    'tenantry list ./agents',
    { shows: says('did not load: SyntaxError', /orders\.mjs *│ ok/), codes: [1] },
  ],
  ['tenantry logs --agent orders --since 10m', shows('acme/orders', 'blocked event loop')],
  ['tenantry deadletters list', shows(/globex *│ invoice/)],
  [
    "JOB=$(tenantry deadletters list --json | grep -m1 -o '[0-9a-f-]\\{36\\}')",
    { shows: ({ stderr }) => expect(stderr).toBe('') },
  ],
  [
    'tenantry deadletters show $JOB > $JOB.txt',
    {
      shows: async () =>
        expect((await example.shell.type('cat $JOB.txt')).stdout).toMatch(
          /"order": 4711[^]*has no total/,
        ),
    },
  ],
  ['tenantry replay --dead-letter $JOB', shows(/^reproduced: .*order 4711 has no total/)],
  [
    "curl -si localhost:8080/v1/me -H 'authorization: Bearer wrong'",
    shows(/^HTTP\/1\.1 (?:401|429)/, /TENANTRY_(?:UNAUTHORIZED|RATE_LIMITED)/),
  ],
];

describe('the runbook of triage', () => {
  test('has no command that is not tried here, and in no other order', async () => {
    expect(await commandsOf(PAGE)).toEqual(SHOWN.map(([command]) => command));
  });

  test.each(SHOWN)('%s', async (command, { shows, codes = [0] }) => {
    // A key is known to the service within a second, as the page says.
    const isAboutNewKey = command.includes('Bearer $KEY');
    const result = await eventually(command, async () => {
      const typed = await example.type(command);
      return isAboutNewKey && typed.stdout.includes('TENANTRY_') ? undefined : typed;
    });
    ran.set(command, result);
    expect({ ...result, ended: codes.includes(result.code!) }).toMatchObject({ ended: true });
    await shows(result);
  });

  test('shows nothing as printed that was not', async () => {
    const invented = (await outputsOf(PAGE)).flatMap(({ command, lines }) =>
      lines.flatMap((line) =>
        notPrinted(line, ran.get(command)!).map((part) => `${command}: ${part}`),
      ),
    );
    expect(invented).toEqual([]);
  });

  test('no key is in what was printed, or in the log', async () => {
    const { stdout: keys } = await example.shell.type('echo $ACME $GLOBEX $KEY');
    const log = await readFile(path.join(example.folder.path, 'service.log'), 'utf8');
    const printed = [...ran.values()].map(({ stdout, stderr }) => stdout + stderr).join('');
    for (const key of keys.trim().split(' ')) {
      // The secret itself may hold and begin with a "_".
      const [, secret] = /^tk_[0-9a-f]{16}_(.{43})$/.exec(key) ?? [];
      expect(secret).toBeDefined();
      expect(printed + log).not.toContain(secret);
    }
  });
});
