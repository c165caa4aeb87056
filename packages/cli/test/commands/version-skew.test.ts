/** The command and a pool that is one version older or newer: it works, or says that this is why not. */
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runBin, runtimeDirectory, type Ran, type RuntimeDirectory } from '../fixtures/run.js';
import { sampleSnapshot } from '../fixtures/sample-snapshot.js';

let runtime: RuntimeDirectory;
const servers: net.Server[] = [];
beforeEach(async () => {
  runtime = await runtimeDirectory();
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await runtime.remove();
});

/** A pool of another version: what it answers. */
async function pool(reply: object): Promise<string> {
  const socket = path.join(runtime.path, 'other.sock');
  const server = net.createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', () => connection.end(`${JSON.stringify(reply)}\n`));
  });
  servers.push(server);
  server.listen(socket);
  await once(server, 'listening');
  return socket;
}

const type = (...args: readonly string[]): Promise<Ran> => runBin(args, runtime.env());

test('a newer pool with fields that the command does not know is shown', async () => {
  const snapshot = sampleSnapshot();
  const newer = {
    ...snapshot,
    runtime: { ...snapshot.runtime, version: '0.2.0', region: 'eu' },
    forecast: { sessions: 3 },
    tenants: snapshot.tenants.map((row) => ({ ...row, quota: 9 })),
  };
  const socket = await pool({ ok: true, value: newer });
  for (const args of [['snapshot'], ['top', '--once']]) {
    const { code, stdout, stderr } = await type(...args, '--socket', socket);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(snapshot.tenants[0]!.tenant);
  }
});

test('an older pool without the parts that came since is shown', async () => {
  const { jobs: _jobs, confinement: _confinement, ...older } = sampleSnapshot();
  const socket = await pool({ ok: true, value: older });
  expect(await type('snapshot', '--socket', socket)).toMatchObject({ code: 0, stderr: '' });
});

test('an older pool that does not know a request is said to be of another version', async () => {
  const socket = await pool({
    ok: false,
    error: {
      name: 'TenantryError',
      code: 'TENANTRY_INSPECTOR_REQUEST_INVALID',
      message: 'expected one line of JSON such as {"command":"snapshot"}',
    },
  });
  const { code, stdout, stderr } = await type('settings', '--socket', socket);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^tenantry: the pool does not know the request "settings": it is of another version than this program \(TENANTRY_INSPECTOR_REQUEST_INVALID\)\n$/,
  );
});

test('a request that a real pool does not know is refused with a code, and the pool goes on', async () => {
  await runtime.startPool('voice');
  const [socket] = await runtime.sockets();
  const connection = net.connect(socket!);
  connection.end('{"command":"forecast","horizonMs":1000}\n');
  let text = '';
  for await (const chunk of connection) text += String(chunk);
  expect(JSON.parse(text)).toMatchObject({
    ok: false,
    error: { code: 'TENANTRY_INSPECTOR_REQUEST_INVALID' },
  });
  expect((await type('snapshot')).code).toBe(0);
});
