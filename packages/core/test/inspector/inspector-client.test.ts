import { symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { askInspector, listRuntimes } from '../../src/inspector/inspector-client.js';
import { serveInspector } from '../../src/inspector/inspector-server.js';
import { caught } from '../caught.js';
import { tempFolder } from '../temp-folder.js';

const running: net.Server[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A stranger on the socket, who answers every connection with the same bytes. */
function strangerSaying(at: string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(text));
    });
    running.push(server);
    server.listen(at, resolve);
  });
}

describe('askInspector', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', 'hello\n'],
    ['half a reply', '{"ok":true,"val'],
    ['null', 'null\n'],
    ['a number', '7\n'],
    ['an object that is no reply', '{"status":"up"}\n'],
    ['a refusal without an error', '{"ok":false}\n'],
    ['a refusal whose error is a text', '{"ok":false,"error":"no"}\n'],
  ])('refuses a reply that is %s', async (_name, text) => {
    const at = path.join(tempFolder(), 'a.sock');
    await strangerSaying(at, text);
    const error = await caught(() => askInspector(at, { command: 'snapshot' }));
    expect(error.code).toBe('TENANTRY_INSPECTOR_REPLY_INVALID');
  });

  test('gives a pool’s refusal its code back', async () => {
    const at = path.join(tempFolder(), 'a.sock');
    await strangerSaying(
      at,
      '{"ok":false,"error":{"name":"TenantryError","message":"m","code":"TENANTRY_POOL_CLOSED"}}\n',
    );
    const error = await caught(() => askInspector(at, { command: 'snapshot' }));
    expect([error.code, error.name]).toEqual(['TENANTRY_POOL_CLOSED', 'TenantryError']);
  });

  test('gives an aborted question up, long before its deadline', async () => {
    const at = path.join(tempFolder(), 'a.sock');
    const stop = new AbortController();
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      // The question has come; nobody answers it.
      socket.once('data', () => stop.abort());
    });
    running.push(server);
    await new Promise<void>((resolve) => server.listen(at, resolve));
    // A deadline that no test waits for.
    const options = { signal: stop.signal, replyTimeoutMs: 600_000 };
    const error = await caught(() => askInspector(at, { command: 'snapshot' }, options));
    expect(error.code).toBe('TENANTRY_SOCKET_FAILED');
  });

  test('takes a long reply whole', async () => {
    const at = path.join(tempFolder(), 'a.sock');
    const value = Array.from({ length: 100_000 }, (_, index) => `session ${index} €`);
    const server = await serveInspector(at, () => Promise.resolve(value));
    expect(await askInspector(at, { command: 'snapshot' })).toEqual(value);
    await server.close();
  });
});

describe('listRuntimes', () => {
  test('finds the live sockets of a folder, sorted, and nothing else', async () => {
    const folder = tempFolder();
    const servers = await Promise.all(
      ['b.sock', 'a.sock', 'c.txt'].map((name) =>
        serveInspector(path.join(folder, name), () => Promise.resolve(name)),
      ),
    );
    writeFileSync(path.join(folder, 'file.sock'), '');
    symlinkSync(path.join(folder, 'a.sock'), path.join(folder, 'link.sock'));
    const names = (await listRuntimes(folder)).map((found) => path.basename(found));
    expect(names).toEqual(['a.sock', 'b.sock']);
    for (const server of servers) await server.close();
    expect(await listRuntimes(folder)).toEqual([]);
  });

  test('finds none where there is no folder', async () => {
    expect(await listRuntimes(path.join(tempFolder(), 'nowhere'))).toEqual([]);
  });
});
