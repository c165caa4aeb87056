import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, test } from '@jest/globals';
import { checkSocket, claimSocketPath, isAnswered } from '../../src/inspector/socket-guard.js';
import { checkPathLength, socketDirectory, socketPathOf } from '../../src/inspector/socket-path.js';
import { caught, thrownBy } from '../caught.js';
import { tempFolder } from '../temp-folder.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

function listening(at: string): Promise<net.Server> {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.listen(at, () => resolve(server));
  });
}

const closed = (server: net.Server): Promise<void> =>
  new Promise((resolve) => server.close(() => resolve()));

/** What a killed process leaves behind: a socket nobody listens on. */
async function staleSocket(at: string): Promise<void> {
  const server = await listening(`${at}.live`);
  renameSync(`${at}.live`, at);
  await closed(server);
}

describe('a socket path', () => {
  test('of 107 bytes is taken and one of 108 is refused, in bytes and not in letters', async () => {
    expect(() => checkPathLength(`/${'x'.repeat(106)}`)).not.toThrow();
    const error = thrownBy(() => checkPathLength(`/${'x'.repeat(105)}€`));
    expect(error.code).toBe('TENANTRY_SOCKET_PATH_TOO_LONG');
    expect(error.details).toEqual({ received: 109, limit: 107 });
    const folder = path.join(tempFolder(), 'x'.repeat(100));
    expect((await caught(() => claimSocketPath(path.join(folder, 'a')))).code).toBe(
      'TENANTRY_SOCKET_PATH_TOO_LONG',
    );
    expect(existsSync(folder)).toBe(false);
  });

  test('is private to the user and different for each pool of a process', () => {
    expect(socketDirectory({ XDG_RUNTIME_DIR: '/run/user/7' })).toBe('/run/user/7/tenantry');
    for (const env of [{}, { XDG_RUNTIME_DIR: '' }, { XDG_RUNTIME_DIR: 'relative' }]) {
      expect(socketDirectory(env)).toContain(`tenantry-${process.getuid?.() ?? 'user'}`);
    }
    const paths = [0, 1, 2].map((sequence) => path.basename(socketPathOf('web', sequence)));
    const { pid } = process;
    expect(paths).toEqual([`web-${pid}.sock`, `web-${pid}-1.sock`, `web-${pid}-2.sock`]);
  });
});

describe('claiming a path where something stands', () => {
  test('makes a folder that only this user can enter', async () => {
    const at = path.join(tempFolder(), 'deep', 'er', 'a.sock');
    await claimSocketPath(at);
    expect(lstatSync(path.dirname(at)).mode & 0o777).toBe(0o700);
    expect(existsSync(at)).toBe(false);
  });

  test('removes a stale socket of this user', async () => {
    const at = path.join(tempFolder(), 'a.sock');
    await staleSocket(at);
    expect(lstatSync(at).isSocket()).toBe(true);
    await claimSocketPath(at);
    expect(existsSync(at)).toBe(false);
  });

  test('refuses a live socket and leaves it alone', async () => {
    const at = path.join(tempFolder(), 'a.sock');
    const server = await listening(at);
    const error = await caught(() => claimSocketPath(at));
    expect(error.code).toBe('TENANTRY_SOCKET_IN_USE');
    expect(await isAnswered(at)).toBe(true);
    await closed(server);
  });

  test('refuses a regular file and leaves it alone', async () => {
    const at = path.join(tempFolder(), 'a.sock');
    writeFileSync(at, 'precious');
    expect((await caught(() => claimSocketPath(at))).code).toBe('TENANTRY_SOCKET_NOT_A_SOCKET');
    expect(readFileSync(at, 'utf8')).toBe('precious');
  });

  test('refuses a folder', async () => {
    const at = path.join(tempFolder(), 'a.sock');
    mkdirSync(at);
    expect((await caught(() => claimSocketPath(at))).code).toBe('TENANTRY_SOCKET_NOT_A_SOCKET');
  });

  test.each([
    ['to a file', 'target', 'it is a symbolic link'],
    ['that dangles', 'nowhere', 'it is a dangling symbolic link'],
  ])('refuses a link %s and does not follow it', async (_name, target, message) => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'target'), 'precious');
    const at = path.join(folder, 'a.sock');
    symlinkSync(path.join(folder, target), at);
    const error = await caught(() => claimSocketPath(at));
    expect([error.code, error.message]).toEqual(['TENANTRY_SOCKET_SYMLINK', `${at}: ${message}`]);
    expect(lstatSync(at).isSymbolicLink()).toBe(true);
    expect(existsSync(path.join(folder, 'nowhere'))).toBe(false);
    expect(readFileSync(path.join(folder, 'target'), 'utf8')).toBe('precious');
  });

  test('refuses a link even to a live socket of this user', async () => {
    const folder = tempFolder();
    const server = await listening(path.join(folder, 'live.sock'));
    symlinkSync(path.join(folder, 'live.sock'), path.join(folder, 'a.sock'));
    for (const look of [claimSocketPath, checkSocket]) {
      const error = await caught(() => look(path.join(folder, 'a.sock')));
      expect(error.code).toBe('TENANTRY_SOCKET_SYMLINK');
    }
    await closed(server);
  });
});

describe('the folder of a socket', () => {
  test.each([0o777, 0o755, 0o770, 0o701])('is refused with mode %o and keeps it', async (mode) => {
    const folder = path.join(tempFolder(), 'open');
    mkdirSync(folder);
    chmodSync(folder, mode);
    const error = await caught(() => claimSocketPath(path.join(folder, 'a.sock')));
    expect(error.code).toBe('TENANTRY_SOCKET_DIR_UNSAFE');
    expect(error.message).toContain(`mode ${mode.toString(8)}, expected 700`);
    expect(lstatSync(folder).mode & 0o777).toBe(mode);
  });

  test.each(['real', 'nowhere'])('is refused when it is a link to %s', async (target) => {
    const folder = tempFolder();
    mkdirSync(path.join(folder, 'real'), { mode: 0o700 });
    symlinkSync(path.join(folder, target), path.join(folder, 'link'));
    const error = await caught(() => claimSocketPath(path.join(folder, 'link', 'a.sock')));
    expect([error.code, existsSync(path.join(folder, 'nowhere'))]).toEqual([
      'TENANTRY_SOCKET_DIR_UNSAFE',
      false,
    ]);
    expect(error.message).toContain('symbolic link');
  });

  test('is refused when it is a file', async () => {
    const file = path.join(tempFolder(), 'file');
    writeFileSync(file, '');
    const error = await caught(() => claimSocketPath(path.join(file, 'a.sock')));
    expect(error.code).toBe('TENANTRY_SOCKET_DIR_UNSAFE');
    const below = await caught(() => claimSocketPath(path.join(file, 'deeper', 'a.sock')));
    expect(below.code).toBe('TENANTRY_SOCKET_DIR_UNSAFE');
  });
});

describe('what belongs to another user', () => {
  // Only root can give a file away; everyone else has root's files to look at.
  test('is refused by a client before it is asked', async () => {
    const at = isRoot ? path.join(tempFolder(), 'a.sock') : '/etc/passwd';
    if (isRoot) {
      writeFileSync(at, '');
      chownSync(at, NOBODY, NOBODY);
    }
    const error = await caught(() => checkSocket(at));
    expect([error.code, error.message]).toEqual([
      'TENANTRY_SOCKET_FOREIGN',
      `${at}: it belongs to user ${isRoot ? NOBODY : 0}`,
    ]);
  });

  test('is refused as a folder, whatever its mode', async () => {
    const folder = isRoot ? path.join(tempFolder(), 'theirs') : '/usr';
    if (isRoot) {
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, NOBODY, NOBODY);
    }
    const error = await caught(() => claimSocketPath(path.join(folder, 'a.sock')));
    expect(error.code).toBe('TENANTRY_SOCKET_DIR_UNSAFE');
    expect(error.message).toContain(`it belongs to user ${isRoot ? NOBODY : 0}`);
  });
});

describe('checking a socket', () => {
  test('says that no pool runs where nothing stands', async () => {
    const error = await caught(() => checkSocket(path.join(tempFolder(), 'a.sock')));
    expect(error.code).toBe('TENANTRY_RUNTIME_NONE');
  });

  test('says what failed where nothing can be looked at', async () => {
    const file = path.join(tempFolder(), 'file');
    writeFileSync(file, '');
    const error = await caught(() => checkSocket(path.join(file, 'a.sock')));
    expect(error.code).toBe('TENANTRY_SOCKET_FAILED');
  });
});
