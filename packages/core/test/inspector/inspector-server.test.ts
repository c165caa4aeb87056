import { lstatSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TenantryError, codeOf } from '../../src/errors/errors.js';
import { askInspector } from '../../src/inspector/inspector-client.js';
import { serveInspector, type InspectorServer } from '../../src/inspector/inspector-server.js';
import { caught } from '../caught.js';
import { tempFolder } from '../temp-folder.js';
import { turns } from '../turns.js';

const servers: InspectorServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving(
  at: string,
  answer: () => Promise<unknown> = () => Promise.resolve('fine'),
): Promise<InspectorServer> {
  const server = await serveInspector(at, answer);
  servers.push(server);
  return server;
}

const socketIn = (folder = tempFolder()): string => path.join(folder, 'a.sock');

/** Everything the server says until it ends the connection. */
function said(at: string, write: (socket: net.Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: at, allowHalfOpen: true }, () => write(socket));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => {
      socket.destroy();
      resolve(text);
    });
    socket.on('error', reject);
  });
}

const codeSaid = async (at: string, write: (socket: net.Socket) => void): Promise<string> =>
  (JSON.parse(await said(at, write)) as { error: { code: string } }).error.code;

const REQUEST = '{"command":"snapshot"}';

describe('an inspector', () => {
  test('listens on a socket of mode 0600 in a folder of mode 0700', async () => {
    const at = path.join(tempFolder(), 'run', 'a.sock');
    await serving(at);
    expect(lstatSync(at).mode & 0o777).toBe(0o600);
    expect(lstatSync(path.dirname(at)).mode & 0o777).toBe(0o700);
    expect(readdirSync(path.dirname(at))).toEqual(['a.sock']);
  });

  test('answers what it is asked and removes its socket when it closes', async () => {
    const at = socketIn();
    const server = await serving(at, () => Promise.resolve({ sessions: 3 }));
    expect(await askInspector(at, { command: 'snapshot' })).toEqual({ sessions: 3 });
    await server.close();
    expect((await caught(() => askInspector(at, { command: 'snapshot' }))).code).toBe(
      'TENANTRY_RUNTIME_NONE',
    );
  });

  test('answers many at once', async () => {
    const at = socketIn();
    let asked = 0;
    await serving(at, () => Promise.resolve((asked += 1)));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => askInspector(at, { command: 'snapshot' })),
    );
    expect(new Set(answers).size).toBe(50);
  });

  test('tells a refusal with its code and without its stack', async () => {
    const at = socketIn();
    await serving(at, () =>
      Promise.reject(
        new TenantryError('TENANTRY_POOL_CLOSED', 'closed', { cause: new Error('secret') }),
      ),
    );
    const text = await said(at, (socket) => socket.write(`${REQUEST}\n`));
    expect(JSON.parse(text)).toEqual({
      ok: false,
      error: { name: 'TenantryError', code: 'TENANTRY_POOL_CLOSED', message: 'closed' },
    });
    expect((await caught(() => askInspector(at, { command: 'snapshot' }))).code).toBe(
      'TENANTRY_POOL_CLOSED',
    );
  });

  test.each<readonly [string, string]>([
    ['no JSON', 'GET / HTTP/1.1\r\n'],
    ['an empty line', '\n'],
    ['an unknown command', '{"command":"format"}\n'],
    ['an unknown field', '{"command":"snapshot","path":"/etc"}\n'],
    ['a list', '[]\n'],
    ['null', 'null\n'],
    ['70,000 bytes without a line end', 'x'.repeat(70_000)],
  ])('refuses %s', async (_name, text) => {
    const at = socketIn();
    let asked = 0;
    await serving(at, () => Promise.resolve((asked += 1)));
    expect(await codeSaid(at, (socket) => socket.write(text))).toBe(
      'TENANTRY_INSPECTOR_REQUEST_INVALID',
    );
    expect(asked).toBe(0);
  });

  test('takes a request that arrives in pieces', async () => {
    const at = socketIn();
    await serving(at);
    const text = await said(at, (socket) => {
      socket.setNoDelay();
      for (const letter of `${REQUEST}\n`) socket.write(letter);
    });
    expect(JSON.parse(text)).toEqual({ ok: true, value: 'fine' });
  });

  test.each([`${REQUEST}\n`, REQUEST])(
    'answers a client that ends its side after %j',
    async (text) => {
      const at = socketIn();
      await serving(at, () => turns(20).then(() => 'late but there'));
      const reply = await said(at, (socket) => socket.end(text));
      expect(JSON.parse(reply)).toEqual({ ok: true, value: 'late but there' });
    },
  );

  test.each(['', '{"command":'])('refuses a client that leaves after %j', async (text) => {
    const at = socketIn();
    await serving(at);
    expect(await codeSaid(at, (socket) => socket.end(text))).toBe(
      'TENANTRY_INSPECTOR_REQUEST_INVALID',
    );
  });

  test('is not held up by a client that says nothing, neither answering nor closing', async () => {
    const at = socketIn();
    const server = await serving(at);
    const silent = net.connect(at);
    await new Promise((resolve) => silent.on('connect', resolve));
    const ended = new Promise((resolve) => silent.on('close', resolve));
    silent.on('error', () => {});
    silent.resume();
    expect(await askInspector(at, { command: 'snapshot' })).toBe('fine');
    await server.close();
    await ended;
  });

  test('survives a client that leaves before its answer', async () => {
    const at = socketIn();
    await serving(at, () => turns(20).then(() => 'fine'));
    const hasty = net.connect(at, () => hasty.write(`${REQUEST}\n`, () => hasty.destroy()));
    await new Promise((resolve) => hasty.on('close', resolve));
    expect(await askInspector(at, { command: 'snapshot' })).toBe('fine');
  });

  test('stands alone where two want to replace the same stale socket', async () => {
    const at = socketIn();
    const first = await serving(`${at}.live`);
    renameSync(`${at}.live`, at);
    await first.close();
    const both = await Promise.allSettled([serving(at), serving(at)]);
    const refused = both.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []));
    expect(refused).toEqual(['TENANTRY_SOCKET_IN_USE']);
    expect(await askInspector(at, { command: 'snapshot' })).toBe('fine');
  });

  test('refuses to stand where another listens', async () => {
    const at = socketIn();
    await serving(at, () => Promise.resolve('first'));
    expect((await caught(() => serveInspector(at, () => Promise.resolve('second')))).code).toBe(
      'TENANTRY_SOCKET_IN_USE',
    );
    expect(await askInspector(at, { command: 'snapshot' })).toBe('first');
  });

  test('leaves the socket of a successor alone when it closes', async () => {
    const at = socketIn();
    const first = await serving(at, () => Promise.resolve('first'));
    unlinkSync(at);
    await serving(`${at}2`, () => Promise.resolve('second'));
    renameSync(`${at}2`, at);
    await first.close();
    expect(await askInspector(at, { command: 'snapshot' })).toBe('second');
  });
});
