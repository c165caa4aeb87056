/** The five minutes of README.md, command by command: two files, a service, an incident. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ExampleService } from '../fixtures/example-service.js';
import { environment, run, type Ran } from '../fixtures/run.js';
import { commandsOf, notPrinted, outputsOf, says } from '../fixtures/runbook.js';

const ROOT = new URL('../../../../../', import.meta.url);
const textOf = (file: string): Promise<string> => readFile(new URL(file, ROOT), 'utf8');

let example: ExampleService;
const ran = new Map<string, Ran>();

beforeAll(async () => {
  example = await ExampleService.make();
});
afterAll(() => example.remove());

/** By itself, and not as a command of the shell beside the service. */
type Otherwise = () => Promise<unknown>;
type Shows = (ran: Ran) => unknown;

/** The commands of the README in their order: what each has to show, or how it is done here. */
const SHOWN: readonly (readonly [string, Shows | { readonly otherwise: Otherwise }])[] = [
  ['npm ci && npm run build', { otherwise: hasScript('build') }],
  [
    'alias tenantry="node $PWD/packages/cli/dist/src/bin.js"',
    { otherwise: () => textOf('packages/cli/dist/src/bin.js') },
  ],
  ['node docs/snippets/hello/main.mjs', { otherwise: hello }],
  ['cd examples/service', { otherwise: () => textOf('examples/service/tenantry.config.json') }],
  [
    'export SERVICE_KEY=$(tenantry keys create --tenant acme --state-dir state)',
    ({ stderr }) => expect(stderr).toMatch('tenant acme, role tenant'),
  ],
  [
    'tenantry serve &',
    {
      otherwise: async () =>
        expect((await example.serve()).stdout()).toMatch(
          /^listening on .*\(3 agents, socket \S+\)/,
        ),
    },
  ],
  [
    'curl -s localhost:8080/v1/me -H "authorization: Bearer $SERVICE_KEY"',
    says('"tenant":"acme"', '"role":"tenant"'),
  ],
  [
    `node client.mjs acme support '{"text":"hello"}'`,
    says('acme said hello', 'succeeded completed'),
  ],
  ['curl -s localhost:9090/readyz', says('"ready":true')],
  [
    'curl -s localhost:9090/metrics | grep tenantry_sessions',
    says('tenantry_sessions_started_total 1'),
  ],
  ['tenantry top --once', says('sessions 0/1,000')],
  ['tenantry keys create --role operator --expires 1d --state-dir state', says(/^tk_[0-9a-f]+_/)],
  [`node client.mjs acme orders '{"item":"tea","quantity":8}'`, says('succeeded completed')],
  [`node client.mjs acme orders '{"item":"tea"}'`, says('failed failed tea: an order has no')],
  ['tenantry triage', says('tenant acme: One tenant stands out', 'Next: tenantry explain acme')],
  ['tenantry explain acme', says(/held a loop 1 times/, /1 of its 3 sessions failed/)],
  ['tenantry bundle --tenant acme --out incident.tar.gz', says('incident.tar.gz')],
  ['tenantry bundle show incident.tar.gz', says(/who +tenant acme/, 'session.json')],
  ['tenantry replay incident.tar.gz', says(/^reproduced: /)],
  ['tenantry isolate acme --as process', says(/rung: \w+ → process/)],
  [
    'kill %1',
    {
      otherwise: async () => {
        await example.end();
        expect(await example.serving.ended).toEqual({ code: 0, signal: null });
      },
    },
  ],
];

function hasScript(name: string): Otherwise {
  return async () =>
    expect(JSON.parse(await textOf('package.json'))).toMatchObject({
      scripts: { [name]: expect.any(String) },
    });
}

/** The two files, as the README has them, print what it shows. */
async function hello(): Promise<void> {
  const readme = await textOf('README.md');
  for (const file of ['agents/support.mjs', 'main.mjs'])
    expect(readme).toContain((await textOf(`docs/snippets/hello/${file}`)).trim());
  const main = fileURLToPath(new URL('docs/snippets/hello/main.mjs', ROOT));
  const { stdout, code } = await run(
    process.execPath,
    [main],
    environment(example.folder.path),
    example.folder.path,
  );
  expect(code).toBe(0);
  expect(stdout).not.toBe('');
  expect(readme).toContain(`\`\`\`\n${stdout}\`\`\``);
}

describe('the five minutes of the README', () => {
  test('have no command that is not tried here, and in no other order', async () => {
    expect(await commandsOf('README.md', 'Five minutes')).toEqual(
      SHOWN.map(([command]) => command),
    );
  });

  test.each(SHOWN)('%s', async (command, how) => {
    if (typeof how !== 'function') {
      await how.otherwise();
      return;
    }
    const result = await example.type(command);
    ran.set(command, result);
    expect({ ...result, ended: result.code === 0 }).toMatchObject({ ended: true });
    await how(result);
  });

  test('show nothing as printed that was not', async () => {
    const shown = (await outputsOf('README.md')).filter(({ command }) => ran.has(command));
    expect(shown.map(({ command }) => command)).toContain('tenantry replay incident.tar.gz');
    const replayed = shown.find(({ command }) => command.startsWith('tenantry replay'))!;
    expect(replayed.lines.flatMap((line) => notPrinted(line, ran.get(replayed.command)!))).toEqual(
      [],
    );
  });
});
