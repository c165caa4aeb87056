/** One service from its start to its end: where its settings come from, and what changes while it runs. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ECHO, ServiceFolder, agentText, eventually, type Serving } from './started-service.js';

const CANARY = 'sk-canary-7f3a9b2c4d';

const config = (settings: object): string => `${JSON.stringify(settings, null, 2)}\n`;
const SETTINGS = {
  port: 1,
  name: 'from-file',
  stateDir: 'state',
  maxConcurrentSessions: 5,
  drainTimeoutMs: 20_000,
  tenants: {
    acme: { maxSessions: 1, config: { apiKey: CANARY } },
    threaded: { isolation: 'process', isolate: 'worker_threads' },
    walled: { isolation: 'process' },
  },
};

let folder: ServiceFolder;
let service: Serving;
beforeAll(async () => {
  folder = await ServiceFolder.make({
    'agents/echo.mjs': ECHO,
    'agents/version.mjs': versionAgent(1),
    'agents/pinned.mjs': versionAgent(1, 'pinned', 'session.pin();'),
    'tenantry.config.json': config(SETTINGS),
  });
  service = await folder.serve(['./agents', '--port', '0', '--watch'], {
    TENANTRY_MAX_CONCURRENT_SESSIONS: '7',
  });
});
afterAll(() => folder.remove());

function versionAgent(version: number, name = 'version', first = ''): string {
  return agentText(
    name,
    `${first} for await (const _ of session.messages) await session.send(${version});`,
  );
}

interface Row {
  readonly setting: string;
  readonly applied: string;
  readonly origin: string;
}

async function settings(): Promise<ReadonlyMap<string, Row>> {
  const { stdout } = await service.type('settings', '--json');
  const { settings: rows } = JSON.parse(stdout) as { settings: Row[] };
  return new Map(rows.map((row) => [row.setting, row]));
}

const answerOf = async (agent: string, tenant = 'free'): Promise<unknown> => {
  const socket = await service.open({ tenant, agent });
  socket.message('?');
  const { data } = (await socket.nextOf('message')) as unknown as { data: unknown };
  socket.send({ type: 'close' });
  await socket.nextOf('end');
  return data;
};

const logged = (text: string | RegExp) =>
  eventually(`log of ${String(text)}`, () =>
    service
      .log()
      .find(({ msg }) => (text instanceof RegExp ? text.test(msg) : msg.startsWith(text))),
  );

test('says where it listens, in one line', () => {
  expect(service.stdout()).toMatch(
    /^listening on http:\/\/127\.0\.0\.1:\d+ \(3 agents, socket \S+from-file\S+\.sock\)\n$/,
  );
});

test('a flag is stronger than a variable, that than the file, that than the default', async () => {
  const rows = await settings();
  expect(rows.get('maxConcurrentSessions')).toMatchObject({
    applied: '7',
    origin: 'TENANTRY_MAX_CONCURRENT_SESSIONS',
  });
  expect(rows.get('name')).toMatchObject({
    applied: 'from-file',
    origin: 'tenantry.config.json:3',
  });
  expect(rows.get('tenants.acme.maxSessions')).toMatchObject({
    applied: '1',
    origin: expect.stringMatching(/^tenantry\.config\.json:\d+$/),
  });
  expect(rows.get('strayErrors')).toMatchObject({ origin: 'default' });
});

describe('a changed file', () => {
  test('gives tenants other caps at once, and says what waits for a restart', async () => {
    const first = await service.open({ tenant: 'acme', agent: 'echo' });
    await expect(service.open({ tenant: 'acme', agent: 'echo' })).rejects.toThrow(
      'TENANTRY_TENANT_CAP',
    );
    await service.write(
      'tenantry.config.json',
      config({
        ...SETTINGS,
        name: 'other',
        host: '127.0.0.2',
        tenants: { ...SETTINGS.tenants, acme: { maxSessions: 2, config: { apiKey: CANARY } } },
      }),
    );
    const line = await logged('[config] reloaded: applied tenants.acme.maxSessions');
    expect(line).toMatchObject({
      applied: [{ path: 'tenants.acme.maxSessions', before: '1', after: '2' }],
      needsRestart: [{ path: 'name', before: 'from-file', after: 'other' }],
    });
    await logged('[config] needs a restart: host');
    const second = await service.open({ tenant: 'acme', agent: 'echo' });
    for (const socket of [first, second]) {
      socket.message('still here');
      expect(await socket.nextOf('message')).toMatchObject({ data: 'still here' });
      socket.send({ type: 'close' });
      await socket.nextOf('end');
    }
  });

  test.each([
    ['{ "tenants": { "acme": { "maxSessions": -1 } } }', /tenants\.acme\.maxSessions.*json:1\)/],
    ['{ "tenants": ', /is no JSON/],
  ])('that is broken leaves everything as it is: %s', async (text, why) => {
    await service.write('tenantry.config.json', text);
    expect(await logged(why)).toMatchObject({ kind: 'config.rejected', level: 40 });
    expect((await settings()).get('tenants.acme.maxSessions')).toMatchObject({ applied: '2' });
  });

  test('is read again on SIGHUP', async () => {
    const reloads = (): number =>
      service.log().filter(({ kind }) => kind === 'config.reloaded').length;
    await service.write('tenantry.config.json', config(SETTINGS));
    await eventually('it is seen', () => reloads() === 2);
    service.signal('SIGHUP');
    await eventually('it is read again', () => reloads() === 3);
    expect(await logged(/nothing to apply/)).toMatchObject({ applied: [] });
  });

  test('is in the audit trail, and nothing secret is anywhere', async () => {
    const trail = await readFile(path.join(folder.path, 'state/audit.jsonl'), 'utf8');
    const records = trail
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(records.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['config.reloaded', 'config.rejected']),
    );
    const { stdout } = await service.type('settings', '--json');
    expect([trail, stdout, JSON.stringify(service.log())].join()).not.toContain(CANARY);
  });
});

describe('a changed agent', () => {
  test('is what new sessions run; those that run go on with the old code', async () => {
    const tenants = ['free', 'threaded', 'walled'];
    const old = await Promise.all(
      tenants.map((tenant) => service.open({ tenant, agent: 'version' })),
    );
    await service.write('agents/version.mjs', versionAgent(2));
    await logged('[agents] generation 1: changed version');
    for (const tenant of tenants) expect(await answerOf('version', tenant)).toBe(2);
    for (const socket of old) {
      socket.message('?');
      expect(await socket.nextOf('message')).toMatchObject({ data: 1 });
      socket.send({ type: 'close' });
      await socket.nextOf('end');
    }
    // Each in an isolate of its own, of which the older one goes with its last session.
    await eventually('the old isolates have ended', () =>
      ['threaded', 'walled'].every((tenant) =>
        service.log().some((line) => line['reason'] === 'recycled' && line['tenant'] === tenant),
      ),
    );
    const { stdout } = await service.type('snapshot');
    expect(stdout).toContain('agents generation 1');
  });

  test('that does not load leaves the old one, and says why', async () => {
    await service.write('agents/version.mjs', 'export default (');
    const line = await logged(/the old code stays: agent file "version\.mjs" did not load/);
    expect(line).toMatchObject({ level: 40, failed: [{ file: 'version.mjs' }] });
    expect(await answerOf('version')).toBe(2);
    // Nor does one that would end the whole service.
    await service.write('agents/version.mjs', 'process.exit(9);');
    await logged(/the old code stays: .*"version\.mjs" did not load: it called process\.exit\(9\)/);
    expect(await answerOf('version')).toBe(2);
    await service.write('agents/version.mjs', versionAgent(3));
    await logged('[agents] generation 2: changed version');
    expect(await answerOf('version')).toBe(3);
  });

  test('is not what a pinned session runs', async () => {
    const pinned = await service.open({ tenant: 'free', agent: 'pinned' });
    pinned.message('?');
    expect(await pinned.nextOf('message')).toMatchObject({ data: 1 });
    await service.write('agents/pinned.mjs', versionAgent(2, 'pinned'));
    await logged(/generation \d+: changed pinned/);
    pinned.message('?');
    expect(await pinned.nextOf('message')).toMatchObject({ data: 1 });
    expect(await answerOf('pinned')).toBe(2);
    pinned.send({ type: 'close' });
    await pinned.nextOf('end');
  });
});

test('SIGTERM lets sessions finish, admits no more, and ends with 0', async () => {
  const socket = await service.open({ tenant: 'acme', agent: 'echo' });
  service.signal('SIGTERM');
  await eventually('it admits nothing', async () =>
    service.open({ tenant: 'free', agent: 'echo' }).then(
      (opened) => {
        opened.send({ type: 'close' });
        return false;
      },
      (error: Error) => /503|TENANTRY_POOL_DRAINING/.test(error.message),
    ),
  );
  // The inspector answers until the last session has ended.
  expect((await service.type('snapshot')).stdout).toContain('draining');
  socket.message('last words');
  expect(await socket.nextOf('message')).toMatchObject({ data: 'last words' });
  socket.send({ type: 'close' });
  expect(await socket.nextOf('end')).toMatchObject({ outcome: { status: 'succeeded' } });
  expect(await service.ended).toEqual({ code: 0, signal: null });
});
