/**
 * The port of durable state on the real file system. Who may use the folder is left to
 * `state-dir.ts`.
 */
import { constants, type Stats } from 'node:fs';
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { codeOf } from '../errors/errors.js';
import { append, openForAppending, OWNER_ONLY } from '../files/append-file.js';
import type { StateDisk, StateFile } from './state-disk.js';

const OF_OTHERS = 0o077;
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

export const nodeStateDisk: StateDisk = {
  async open(file) {
    return openForAppending(file, async (handle, stats) => {
      if ((stats.mode & OF_OTHERS) !== 0) await handle.chmod(OWNER_ONLY);
      return stateFileOf(handle, idOf(stats));
    });
  },

  async look(file) {
    try {
      const stats = await lstat(file);
      return { id: idOf(stats), sizeBytes: stats.size };
    } catch (error) {
      if (ABSENT.has(codeOf(error))) return undefined;
      throw error;
    }
  },

  link,
  rename,
  remove: unlink,

  async syncFolder(folder) {
    const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** The system gives the number to no other file while this one is open. */
const idOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

function stateFileOf(handle: FileHandle, id: string): StateFile {
  return {
    id,
    async sizeBytes() {
      return (await handle.stat()).size;
    },
    async read(atBytes, lengthBytes) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(lengthBytes),
        0,
        lengthBytes,
        atBytes,
      );
      return buffer.subarray(0, bytesRead);
    },
    append: (bytes) => append(handle, bytes),
    // The size is data here: fdatasync writes what is needed to read the bytes back.
    sync: () => handle.datasync(),
    truncate: (sizeBytes) => handle.truncate(sizeBytes),
    close: () => handle.close(),
  };
}
