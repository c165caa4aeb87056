/**
 * What may stand where a socket is to be: nothing, or a stale socket of this user's in a directory
 * only this user can enter. Everything else is refused with its own message, and nothing that is not
 * a dead socket of ours is ever removed.
 */
import { lstat, mkdir, stat, unlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { TenantryError, codeOf } from '../errors/errors.js';
import { checkPathLength } from './socket-path.js';

/**
 * Makes room for a socket at `socketPath`.
 * @throws TENANTRY_SOCKET_PATH_TOO_LONG, TENANTRY_SOCKET_DIR_UNSAFE, TENANTRY_SOCKET_SYMLINK,
 *   TENANTRY_SOCKET_NOT_A_SOCKET, TENANTRY_SOCKET_FOREIGN, TENANTRY_SOCKET_IN_USE
 */
export async function claimSocketPath(socketPath: string): Promise<void> {
  checkPathLength(socketPath);
  await makePrivateDirectory(path.dirname(socketPath));
  const there = await lookAt(socketPath);
  if (there === undefined) return;
  await refuseForeign(socketPath, there);
  if (await isAnswered(socketPath)) {
    throw new TenantryError(
      'TENANTRY_SOCKET_IN_USE',
      `${socketPath}: a live process already listens there`,
    );
  }
  await unlink(socketPath).catch((cause: unknown) => {
    if (codeOf(cause) !== 'ENOENT')
      throw new TenantryError('TENANTRY_SOCKET_FAILED', `${socketPath}: ${String(cause)}`, {
        cause,
      });
  });
}

/** Checks a socket before a client trusts what it says. The same refusals, nothing is changed. */
export async function checkSocket(socketPath: string): Promise<void> {
  checkPathLength(socketPath);
  const there = await lookAt(socketPath);
  if (there === undefined) {
    throw new TenantryError('TENANTRY_RUNTIME_NONE', `no running pool at ${socketPath}`);
  }
  await refuseForeign(socketPath, there);
}

async function makePrivateDirectory(directory: string): Promise<void> {
  const unsafe = (why: string, cause?: unknown): TenantryError =>
    new TenantryError('TENANTRY_SOCKET_DIR_UNSAFE', `socket directory ${directory}: ${why}`, {
      cause,
    });
  // A file or a dangling link in its place fails here too, and is told by what it is.
  const failure = await mkdir(directory, { recursive: true, mode: 0o700 }).catch(
    (error: unknown) => error,
  );
  const stats = await lstat(directory).catch(() => undefined);
  if (stats === undefined)
    throw unsafe(`it cannot be made (${codeOf(failure) ?? 'it is gone'})`, failure);
  if (stats.isSymbolicLink()) throw unsafe('it is a symbolic link');
  if (!stats.isDirectory()) throw unsafe('it is no directory');
  if (isForeign(stats)) throw unsafe(`it belongs to user ${stats.uid}`);
  if ((stats.mode & 0o077) !== 0) {
    throw unsafe(`others may enter it (mode ${(stats.mode & 0o777).toString(8)}, expected 700)`);
  }
}

async function lookAt(socketPath: string): Promise<Stats | undefined> {
  try {
    return await lstat(socketPath);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new TenantryError('TENANTRY_SOCKET_FAILED', `${socketPath}: ${String(error)}`, {
      cause: error,
    });
  }
}

async function refuseForeign(socketPath: string, there: Stats): Promise<void> {
  if (there.isSymbolicLink()) {
    const target = await stat(socketPath).catch(() => undefined);
    throw new TenantryError(
      'TENANTRY_SOCKET_SYMLINK',
      target === undefined
        ? `${socketPath}: it is a dangling symbolic link`
        : `${socketPath}: it is a symbolic link`,
    );
  }
  if (isForeign(there)) {
    throw new TenantryError(
      'TENANTRY_SOCKET_FOREIGN',
      `${socketPath}: it belongs to user ${there.uid}`,
    );
  }
  if (!there.isSocket()) {
    throw new TenantryError('TENANTRY_SOCKET_NOT_A_SOCKET', `${socketPath}: it is no socket`);
  }
}

function isForeign(stats: Stats): boolean {
  const uid = process.getuid?.();
  return uid !== undefined && stats.uid !== uid;
}

/** Whether anyone accepts connections there; a socket file outlives a killed process. */
export function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      socket.destroy();
      resolve(codeOf(error) !== 'ECONNREFUSED' && codeOf(error) !== 'ENOENT');
    });
  });
}
