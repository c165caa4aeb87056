/**
 * The metrics writer's port on the real file system. When a file is rotated is left to
 * `rotating-file.ts`.
 */
import type { Stats } from 'node:fs';
import { realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors/errors.js';
import { append, openForAppending } from '../files/append-file.js';
import type { MetricsDisk, MetricsFile } from './metrics-disk.js';

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
    return openForAppending(file, opened);
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

async function opened(handle: FileHandle, stats: Stats): Promise<MetricsFile> {
  return {
    identity: identityOf(stats),
    sizeBytes: stats.size,
    isTorn: stats.size > 0 && (await lastByteOf(handle, stats.size)) !== NEWLINE,
    append: (bytes) => append(handle, bytes),
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
