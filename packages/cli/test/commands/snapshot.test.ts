import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSnapshot } from '@tenantry/core/snapshot';
import { runBin, runtimeDirectory, type RuntimeDirectory } from '../fixtures/run.js';
import { sampleSnapshot, tenantRow } from '../fixtures/sample-snapshot.js';

let runtime: RuntimeDirectory;
beforeEach(async () => {
  runtime = await runtimeDirectory();
});
afterEach(() => runtime.remove());

const snapshot = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
  runBin(['snapshot', ...args], runtime.env(env));

describe('tenantry snapshot, one running pool', () => {
  test('shows the pool that runs, its tenants, isolates and sessions', async () => {
    const { pid } = await runtime.startPool('voice');
    const { stdout, stderr, code } = await snapshot();
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toContain(`voice · running · pid ${pid} on `);
    expect(stdout).toContain('sessions 3/1,000 · started 4 · failed 1 · refused 1');
    expect(stdout).toMatch(/│ acme +│ coroutine │ +2\/2 │ .* │ +2 │ +0 │ tenant-cap 1 │ +2 │ +2 │/);
    expect(stdout).toMatch(/│ globex +│ coroutine │ +1\/- │ .* │ +2 │ +1 │ - +│ +0 │ +0 │/);
    expect(stdout).toMatch(new RegExp(`│ main +│ - +│ coroutine │ +${pid} │`));
    expect(stdout.match(/│ [0-9a-f]{8} │ acme +│ echo +│ .* │ coroutine │ main /g)).toHaveLength(2);
    expect(stdout).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u);
  });

  test('--json is one document of the contract and nothing else', async () => {
    const { pid } = await runtime.startPool('voice');
    const { stdout, stderr, code } = await snapshot(['--json']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const document = parseSnapshot(JSON.parse(stdout));
    expect(document.runtime).toMatchObject({ name: 'voice', pid, state: 'running' });
    expect(document.sessionsByTenant).toEqual({ acme: 2, globex: 1 });
  });

  test('--tenant cuts every table and the document to its rows', async () => {
    await runtime.startPool('voice');
    const table = await snapshot(['--tenant', 'globex']);
    expect(table.code).toBe(0);
    expect(table.stdout).toContain('below: tenant globex only');
    expect(table.stdout).toContain('Sessions (1)');
    expect(table.stdout).not.toContain('acme');
    const { stdout } = await snapshot(['--json', '--tenant', 'globex']);
    const document = parseSnapshot(JSON.parse(stdout));
    expect(document.tenants.map(({ tenant }) => tenant)).toEqual(['globex']);
    expect(document.sessions.map(({ tenant }) => tenant)).toEqual(['globex']);
    expect(document.totals.activeSessions).toBe(3);
  });

  test('a tenant the pool does not know is a failure, a malformed one wrong usage', async () => {
    await runtime.startPool('voice');
    expect(await snapshot(['--tenant', 'nobody', '--json'])).toEqual({
      stdout: '',
      stderr: 'tenantry: pool "voice" has no tenant "nobody"; it knows acme, globex\n',
      code: 1,
    });
    const malformed = await snapshot(['--tenant', 'a\u001b b']);
    expect(malformed).toMatchObject({ stdout: '', code: 2 });
    expect(malformed.stderr).toMatch(/^tenantry: tenant id .* \(TENANTRY_TENANT_ID_INVALID\)\n/);
  });

  test('the width of 80 columns is kept, colour is forced or forbidden', async () => {
    await runtime.startPool('voice');
    const narrow = await snapshot([], { COLUMNS: '80' });
    for (const line of narrow.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await snapshot([], { FORCE_COLOR: '1' })).stdout).toContain(
      '\u001b[32mrunning\u001b[39m',
    );
    const both = await snapshot([], { FORCE_COLOR: '1', NO_COLOR: '1' });
    expect(both.stdout).not.toContain('\u001b');
    const dumb = await snapshot([], { TERM: 'dumb' });
    expect(dumb.stdout).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

describe('tenantry snapshot, which pool', () => {
  test('no pool at all is told with the place that was looked in', async () => {
    expect(await snapshot()).toEqual({
      stdout: '',
      stderr:
        `tenantry: no running pool found (looked in ${runtime.path}/tenantry); name the socket ` +
        'of another place with --socket or TENANTRY_SOCKET (TENANTRY_RUNTIME_NONE)\n',
      code: 1,
    });
  });

  test('of several pools one is to be chosen', async () => {
    const voice = await runtime.startPool('voice');
    const chat = await runtime.startPool('chat');
    const [chatSocket, voiceSocket] = await runtime.sockets();
    const { stdout, stderr, code } = await snapshot();
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toBe(
      'tenantry: 2 pools run here: choose one with --socket PATH or TENANTRY_SOCKET ' +
        '(TENANTRY_RUNTIME_AMBIGUOUS)\n' +
        `  ${chatSocket}  pool "chat", pid ${chat.pid}, running\n` +
        `  ${voiceSocket}  pool "voice", pid ${voice.pid}, running\n`,
    );

    const byFlag = await snapshot(['--socket', voiceSocket!]);
    expect(byFlag.stdout).toMatch(/^voice · running/);
    const byEnvironment = await snapshot([], { TENANTRY_SOCKET: chatSocket });
    expect(byEnvironment.stdout).toMatch(/^chat · running/);
    const flagWins = await snapshot(['--socket', voiceSocket!], { TENANTRY_SOCKET: chatSocket });
    expect(flagWins.stdout).toMatch(/^voice · running/);
  });

  test('a killed pool leaves a socket file, and no running pool', async () => {
    const pool = await runtime.startPool('voice');
    await pool.kill();
    const [socket] = await runtime.sockets();
    const found = await snapshot();
    expect(found.code).toBe(1);
    expect(found.stderr).toContain('no running pool found');
    expect(await snapshot(['--socket', socket!])).toEqual({
      stdout: '',
      stderr: `tenantry: no running pool at ${socket} (TENANTRY_RUNTIME_NONE)\n`,
      code: 1,
    });
  });

  test('beside a killed pool the running one is the only one', async () => {
    await (await runtime.startPool('killed')).kill();
    await runtime.startPool('voice');
    expect(await runtime.sockets()).toHaveLength(2);
    expect((await snapshot()).stdout).toMatch(/^voice · running/);
  });

  test('what is no socket is refused', async () => {
    const { stderr, code } = await snapshot(['--socket', runtime.path]);
    expect(code).toBe(1);
    expect(stderr).toContain('(TENANTRY_SOCKET_NOT_A_SOCKET)');
  });
});

describe('tenantry snapshot, a pool that is not to be trusted', () => {
  async function answering(reply: unknown): Promise<AsyncDisposable & { readonly socket: string }> {
    const socket = path.join(runtime.path, 'fake.sock');
    const server = net.createServer((connection) => {
      connection.once('data', () => connection.end(`${JSON.stringify(reply)}\n`));
    });
    server.listen(socket);
    await once(server, 'listening');
    return {
      socket,
      [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
    };
  }

  test('another version of the snapshot is refused', async () => {
    const fake = await answering({ ok: true, value: { schemaVersion: 99 } });
    const { stdout, stderr, code } = await snapshot(['--socket', fake.socket]);
    await fake[Symbol.asyncDispose]();
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toBe(
      'tenantry: snapshot of version 99: this program reads version 2 ' +
        '(TENANTRY_INSPECTOR_REPLY_INVALID)\n',
    );
  });

  test('its strings reach the terminal without their control sequences', async () => {
    const evil = '\u001b]0;owned\u0007\u009b2J\u202eevil';
    const fake = await answering({
      ok: true,
      value: sampleSnapshot({ tenants: [tenantRow({ tenant: evil })] }),
    });
    const table = await snapshot(['--socket', fake.socket]);
    const json = await snapshot(['--socket', fake.socket, '--json']);
    const unknown = await snapshot(['--socket', fake.socket, '--tenant', 'nobody']);
    await fake[Symbol.asyncDispose]();
    for (const { stdout, stderr } of [table, json, unknown]) {
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(stdout + stderr).toContain('evil');
    }
    expect(parseSnapshot(JSON.parse(json.stdout)).tenants[0]!.tenant).toBe(evil);
  });
});
