/**
 * The port of durable state on the real file system. Who may use the folder is left to
 * `state-dir.ts`.
 */
import { constants } from 'node:fs';
import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { append, openForAppending, OWNER_ONLY } from '../files/append-file.js';
import type { StateDisk, StateFile } from './state-disk.js';

const OF_OTHERS = 0o077;

export const nodeStateDisk: StateDisk = {
  async open(file) {
    return openForAppending(file, async (handle, { mode }) => {
      if ((mode & OF_OTHERS) !== 0) await handle.chmod(OWNER_ONLY);
      return stateFileOf(handle);
    });
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

function stateFileOf(handle: FileHandle): StateFile {
  return {
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
