import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { readConfiguration, type Configuration } from '../../src/service/configuration.js';
import { exitCodeOf } from '../../src/service/exit-codes.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Given {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  readonly configFile?: string;
}

const read = ({ flags = {}, env = {}, configFile }: Given = {}): Promise<Configuration> =>
  readConfiguration({ flags: { agents: 'agents', ...flags }, env, configFile, folder });

const write = (file: string, text: string): Promise<void> =>
  writeFile(path.join(folder, file), text);

async function refusal(
  given: Given = {},
): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await read(given);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was taken');
}

describe('a configuration', () => {
  test('is the defaults where nothing is said', async () => {
    const { service, drainTimeoutMs, origins } = await read();
    expect(service).toMatchObject({
      host: '127.0.0.1',
      port: 8_080,
      supervise: true,
      watch: false,
    });
    expect(service.agents).toBe(path.join(folder, 'agents'));
    expect([drainTimeoutMs, [...origins]]).toEqual([30_000, [['agents', '<agents>']]]);
  });

  test('has each value from the strongest place, with where that is', async () => {
    await write(
      'tenantry.config.json',
      '{\n  "port": 1,\n  "host": "::1",\n  "name": "file",\n  "tenants": {\n    "acme": { "maxSessions": 3 }\n  }\n}',
    );
    const { service, pool, origins } = await read({
      flags: { port: 3 },
      env: {
        TENANTRY_PORT: '2',
        TENANTRY_NAME: 'variable',
        TENANTRY_ESCALATION: '{"enforce":false}',
        TENANTRY_ACCEPT_ONLY_REGISTERED_ROOMS: 'true',
        TENANTRY_MEMORY_LIMIT_MB: '1e3',
        TENANTRY_STATE_DIR: 'state',
        // Of Kubernetes, of other commands, and of others.
        TENANTRY_SERVICE_HOST: '10.0.0.1',
        TENANTRY_PORT_80_TCP_ADDR: '10.0.0.1',
        TENANTRY_SOCKET: '/run/x.sock',
        PORT: '9',
      },
    });
    expect(service).toMatchObject({ port: 3, host: '::1' });
    expect(pool).toMatchObject({
      name: 'variable',
      escalation: { enforce: false },
      acceptOnlyRegisteredRooms: true,
      memoryLimitMb: 1_000,
      stateDir: path.join(folder, 'state'),
      tenants: { acme: { maxSessions: 3 } },
    });
    expect(Object.fromEntries(origins)).toMatchObject({
      port: '--port',
      host: 'tenantry.config.json:3',
      name: 'TENANTRY_NAME',
      'escalation.enforce': 'TENANTRY_ESCALATION',
      'tenants.acme.maxSessions': 'tenantry.config.json:6',
    });
  });

  test('of a module may hold functions, and is loaded anew each time', async () => {
    const router = 'router: () => "echo"';
    await write('tenantry.config.mjs', `export default { port: 1, ${router} };`);
    const first = await read();
    expect([first.service.port, typeof first.pool.router]).toEqual([1, 'function']);
    expect(first.origins.get('port')).toBe('tenantry.config.mjs');
    await write('other.mjs', `export default { port: 2 };`);
    expect((await read({ configFile: 'other.mjs' })).service.port).toBe(2);
    expect((await read({ env: { TENANTRY_CONFIG: 'other.mjs' } })).service.port).toBe(2);
  });

  test.each([
    ['exits', 'process.exit(7);'],
    ['hides that it exits', 'try { process.exit(7); } catch {}\nexport default { port: 1 };'],
  ])('that %s is refused, and ends nobody', async (_name, text) => {
    await write('tenantry.config.mjs', text);
    expect(await refusal()).toMatchObject({
      code: 'TENANTRY_CONFIG_FAILED',
      message: expect.stringMatching(/config\.mjs: .*it called process\.exit\(7\)$/),
    });
  });

  test('in TypeScript is loaded where Node does that, and told of where it does not', async () => {
    await write('tenantry.config.ts', 'const port: number = 5;\nexport default { port };');
    const { typescript } = process.features as { readonly typescript?: unknown };
    if (typescript === undefined || typescript === false) {
      expect(await refusal()).toMatchObject({
        code: 'TENANTRY_CONFIG_FAILED',
        message: expect.stringMatching(/does not load TypeScript: compile it to .*22\.18/),
      });
    } else {
      expect((await read()).service.port).toBe(5);
    }
  });
});

/** What stands where, and what its refusal says. */
const JSON_FILES: readonly (readonly [string, string, RegExp])[] = [
  ['an unknown key', '{\n  "prot": 1\n}', /"prot".*\(from tenantry\.config\.json:2\)/],
  [
    "a tenant's unknown key",
    '{ "tenants": {\n "acme": { "maxSesions": 1 } } }',
    /tenants\.acme.*"maxSesions".*json:2\)/,
  ],
  ['a wrong type', '{ "port": "80" }', /port: .*expected number.*json:1\)/],
  ['a fraction', '{ "port": 80.5 }', /port: .*expected int.*json:1\)/],
  [
    'a negative number',
    '{ "maxConcurrentSessions": -1 }',
    /maxConcurrentSessions: .*>=1.*json:1\)/,
  ],
  ['zero', '{ "maxConcurrentSessions": 0 }', /maxConcurrentSessions: .*>=1, received 0.*json:1\)/],
  ['1e309', '{ "memoryLimitMb": 1e309 }', /memoryLimitMb: .*received Infinity.*json:1\)/],
  ['an empty name', '{ "name": "" }', /name: .*received "".*json:1\)/],
  ['null', '{ "host": null }', /host: .*received null.*json:1\)/],
  [
    'a tenant that stands twice',
    '{ "tenants": {\n  "acme": {},\n  "acme": {} } }',
    /"tenants\.acme" stands twice \(line 3\)/,
  ],
  ['__proto__', '{ "tenants": { "__proto__": { "maxSessions": 1 } } }', /__proto__" is no setting/],
  ['a malformed tenant', '{ "tenants": { "a b": {} } }', /tenants\.a b: not a tenant id.*json:1\)/],
  [
    'settings that contradict each other',
    '{ "memoryLimitMb": 100,\n "memoryWarnMb": 200 }',
    /memoryWarnMb: expected at most memoryLimitMb.*json:2\)/,
  ],
  [
    'what the service hands in',
    '{ "isolates": {} }',
    /isolates: the service hands this in.*json:1\)/,
  ],
  ['no object', '[1]', /expected an object, received an array/],
  ['no JSON', '{ "port": 1, }', /it is no JSON/],
];

const VARIABLES: readonly (readonly [string, NodeJS.ProcessEnv, RegExp])[] = [
  ['an unknown name', { TENANTRY_PROT: '1' }, /"TENANTRY_PROT" is no setting/],
  [
    'NaN',
    { TENANTRY_PORT: 'NaN' },
    /port: expected a number, received "NaN" \(from TENANTRY_PORT\)/,
  ],
  ['Infinity', { TENANTRY_PORT: 'Infinity' }, /port: expected a number, .*TENANTRY_PORT/],
  ['1e309', { TENANTRY_PORT: '1e309' }, /port: expected a number, .*TENANTRY_PORT/],
  ['hexadecimal', { TENANTRY_PORT: '0x50' }, /port: expected a number, .*TENANTRY_PORT/],
  ['an address of Kubernetes', { TENANTRY_PORT: 'tcp://10.0.0.1:80' }, /port: .*TENANTRY_PORT/],
  ['a negative number', { TENANTRY_PORT: '-1' }, /port: .*>=0.*\(from TENANTRY_PORT\)/],
  ['no setting', { TENANTRY_TOKEN: 'x' }, /^"TENANTRY_TOKEN" is no setting of a service$/],
  ['nothing', { TENANTRY_NAME: '' }, /name: expected a value, received nothing .*TENANTRY_NAME/],
  ['a word for a boolean', { TENANTRY_WATCH: 'yes' }, /watch: expected true or false.*WATCH/],
  [
    'no JSON',
    { TENANTRY_TENANTS: 'sk-canary-123456' },
    /^tenants: expected JSON, received something else \(from TENANTRY_TENANTS\)$/,
  ],
  [
    'the name of a prototype',
    { TENANTRY_TENANTS: '{"__proto__":{"maxSessions":1}}' },
    /"tenants\.__proto__" is no setting \(from TENANTRY_TENANTS\)/,
  ],
  [
    'a tenant that stands twice',
    { TENANTRY_TENANTS: '{"acme":{},"acme":{}}' },
    /"tenants\.acme" stands twice \(from TENANTRY_TENANTS\)/,
  ],
  [
    'a wrong value over a good one in the file',
    { TENANTRY_MAX_CONCURRENT_SESSIONS: '-3' },
    /maxConcurrentSessions: .*\(from TENANTRY_MAX_CONCURRENT_SESSIONS\)/,
  ],
];

describe('a configuration that is wrong is refused with path and origin, and ends with 2', () => {
  test.each(JSON_FILES)('in the file: %s', async (_name, text, said) => {
    await write('tenantry.config.json', text);
    const { code, message } = await refusal();
    expect(message).toMatch(said);
    expect(exitCodeOf(code)).toBe(2);
  });

  test.each(VARIABLES)('in a variable: %s', async (_name, env, said) => {
    await write('tenantry.config.json', '{ "maxConcurrentSessions": 5 }');
    const { code, message } = await refusal({ env });
    expect(message).toMatch(said);
    expect(exitCodeOf(code)).toBe(2);
  });

  test.each([
    ['that is not there', { configFile: 'nowhere.json' }, /nowhere\.json: there is no such file/],
    ['of another kind', { configFile: 'x.yaml' }, /expected a file ending in/],
    ['that is a folder', { configFile: '.json' }, /no such file|no regular file|expected a file/],
  ])('a file %s', async (_name, given, said) => {
    const { code, message } = await refusal(given);
    expect([code, message]).toEqual(['TENANTRY_CONFIG_FAILED', expect.stringMatching(said)]);
  });

  test.each([
    ['throws', 'throw new Error("no vault");', /Error: no vault/],
    ['has no default export', 'export const port = 1;', /no default export/],
    ['exports no object', 'export default 5;', /expected an object, received 5/],
    [
      'has a wrong value',
      'export default { port: NaN };',
      /port: .*\(from tenantry\.config\.mjs\)/,
    ],
  ])('a module that %s', async (_name, text, said) => {
    await write('tenantry.config.mjs', text);
    expect((await refusal()).message).toMatch(said);
  });

  test('two files beside each other', async () => {
    await write('tenantry.config.json', '{}');
    await write('tenantry.config.mjs', 'export default {};');
    expect(await refusal()).toMatchObject({
      code: 'TENANTRY_CONFIG_FAILED',
      message: expect.stringContaining('choose one with --config'),
    });
  });

  test('without agents', async () => {
    const { message } = await refusal({ flags: { agents: undefined } });
    expect(message).toContain('agents: expected the folder of the agents');
  });

  test("with nothing of a tenant's secrets in what it says", async () => {
    await write(
      'tenantry.config.json',
      '{ "tenants": { "acme": { "config": { "apiKey": "sk-canary-1" }, "env": { "KEY=": "sk-canary-2" } } } }',
    );
    const { message } = await refusal();
    expect(message).toContain('tenants.acme.env');
    expect(message).not.toContain('sk-canary');
  });
});
