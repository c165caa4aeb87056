/** A real service whose keys are made, used, misused and taken back while it runs. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ECHO, ServiceFolder, eventually, type Serving } from '../service/started-service.js';

let folder: ServiceFolder;
let service: Serving;
/** Everything that must be nowhere. */
const secrets: string[] = [];
/** Everything that was answered. */
let answered = '';
beforeAll(async () => {
  folder = await ServiceFolder.make({ 'agents/echo.mjs': ECHO });
  service = await folder.serve(['./agents', '--port', '0', '--state-dir', 'state']);
});
afterAll(() => folder.remove());

async function made(...args: readonly string[]): Promise<string> {
  const { code, stdout } = await service.type('keys', 'create', '--state-dir', 'state', ...args);
  expect(code).toBe(0);
  const key = stdout.trim();
  secrets.push(key.slice(20));
  return key;
}

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Headers;
  readonly text: string;
}

async function ask(route: string, credential?: string, request?: object): Promise<Answer> {
  const response = await fetch(`${service.url}${route}`, {
    method: request === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
    },
    ...(request === undefined ? {} : { body: JSON.stringify(request) }),
  });
  const text = await response.text();
  answered += `${text}\n${JSON.stringify([...response.headers])}\n`;
  const { status, headers } = response;
  const { code } = status < 400 || text === '' ? {} : (JSON.parse(text) as { code?: string });
  return { status, code, headers, text };
}

const open = (credential?: string, request: object = { agent: 'echo' }): Promise<Answer> =>
  ask('/v1/sessions', credential, request);
const idOf = (key: string): string => key.slice(3, 19);
const withOtherSecret = (key: string): string => `${key.slice(0, 20)}${'A'.repeat(43)}`;

test('without keys it is open on loopback, and does not start anywhere else', async () => {
  expect((await open(undefined, { agent: 'echo', tenant: 'acme' })).status).toBe(201);
  const args = ['serve', './agents', '--host', '0.0.0.0', '--port', '0', '--no-supervise'];
  const { code, stderr } = await folder.run(args);
  expect(code).not.toBe(0);
  expect(stderr).toContain('TENANTRY_AUTH_REQUIRED');
});

test('from the first key on everybody is asked who they are, without a restart', async () => {
  const [acme, globex, viewer] = [
    await made('--tenant', 'acme'),
    await made('--tenant', 'globex', '--expires', '1s'),
    await made('--role', 'viewer'),
  ];
  await eventually('nobody is let in without a key', async () => (await open()).status === 401);
  expect(await open()).toMatchObject({ code: 'TENANTRY_UNAUTHORIZED' });
  const opened = await open(acme);
  expect([opened.status, JSON.parse(opened.text)]).toMatchObject([201, { tenant: 'acme' }]);

  // Another's tenant, and what a tenant may not see.
  expect(await open(acme, { agent: 'echo', tenant: 'globex' })).toMatchObject({
    status: 403,
    code: 'TENANTRY_FORBIDDEN',
  });
  expect((await ask('/v1/snapshot', acme)).status).toBe(403);
  expect((await ask('/v1/snapshot', viewer)).status).toBe(200);
  expect((await open(viewer)).status).toBe(403);

  await eventually('its time is over', async () => {
    const { status, code } = await open(globex);
    return status === 401 && code === 'TENANTRY_TOKEN_EXPIRED';
  });
  // Longer than Node takes a header, and longer than any key.
  await expect(open(`tk_${'a'.repeat(1_048_576)}`)).resolves.toMatchObject({ status: 431 });
  expect((await open('a'.repeat(9_000))).status).toBeGreaterThanOrEqual(401);

  // A loop on a bad key is told to wait, and nobody else is.
  const wrong = withOtherSecret(acme);
  const last = await eventually('it is slowed down', async () => {
    const answer = await open(wrong);
    return answer.status === 429 && answer;
  });
  expect(last.code).toBe('TENANTRY_RATE_LIMITED');
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await open(acme)).status).toBe(201);

  await service.type('keys', 'revoke', idOf(acme), '--state-dir', 'state');
  await eventually('it is taken back', async () => (await open(acme)).status !== 201);

  const { text } = await ask('/metrics', viewer);
  expect(text).toMatch(/tenantry_requests_total\{.*route="sessions.open".*\} [1-9]/);
  for (const outcome of ['ok', 'unauthorized', 'forbidden', 'rate-limited'])
    expect(text).toContain(`outcome="${outcome}"`);
}, 120_000);

test('nothing of a key is in what it answered, logged, shows or keeps', async () => {
  expect(secrets.length).toBeGreaterThan(2);
  const typed = await Promise.all(
    ['keys list --state-dir state', 'keys list --json --state-dir state', 'snapshot --json'].map(
      (command) => service.type(...command.split(' ')),
    ),
  );
  const shown = typed.map(({ stdout, stderr }) => stdout + stderr).join('');
  const stateDir = path.join(folder.path, 'state');
  const files = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const kept = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'latin1')),
  );
  const everything = [answered, shown, service.stdout(), JSON.stringify(service.log()), ...kept];
  const text = everything.join('\n');
  expect(text).toContain('[auth] refused');
  expect(secrets.filter((secret) => text.includes(secret.slice(0, 10)))).toEqual([]);
});
