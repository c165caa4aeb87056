/**
 * The metrics writer's port on the real file system. Only regular files are opened, and a symbolic
 * link in the file's own place is not followed. When a file is rotated is left to `rotating-file.ts`.
 */
import { constants, type Stats } from 'node:fs';
import { open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors/errors.js';
import type { MetricsDisk, MetricsFile } from './metrics-disk.js';

// Readable, because the last byte is looked at. Without O_NONBLOCK a pipe or a device may hold the open.
const FLAGS =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK;
const OWNER_ONLY = 0o600;
const NEWLINE = 0x0a;

/** What the system's word means for this file. */
const REASONS: Readonly<Record<string, string>> = {
  ELOOP: 'it is a symbolic link',
  EISDIR: 'it is a folder',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is no folder',
};

/** Why a file could not be opened, for a person. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return (code === undefined ? undefined : REASONS[code]) ?? String(error);
}

export const nodeDisk: MetricsDisk = {
  async canonical(file) {
    const absolute = path.resolve(file);
    return path.join(await realpath(path.dirname(absolute)), path.basename(absolute));
  },

  async open(file) {
    const handle = await open(file, FLAGS, OWNER_ONLY);
    try {
      return await opened(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  },

  async identityOf(file) {
    try {
      return identityOf(await stat(file));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },

  rename,
  remove: unlink,
};

async function opened(handle: FileHandle): Promise<MetricsFile> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error('it is no regular file');
  return {
    identity: identityOf(stats),
    sizeBytes: stats.size,
    isTorn: stats.size > 0 && (await lastByteOf(handle, stats.size)) !== NEWLINE,
    async append(bytes) {
      return (await handle.write(bytes, 0, bytes.byteLength, null)).bytesWritten;
    },
    close: () => handle.close(),
  };
}

async function lastByteOf(handle: FileHandle, sizeBytes: number): Promise<number | undefined> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, sizeBytes - 1);
  return bytesRead === 0 ? undefined : buffer[0];
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
