/**
 * The port of durable state on the real file system. Only regular files are opened, and a symbolic
 * link in the file's own place is not followed. Who may use the folder is left to `state-dir.ts`.
 */
import { constants } from 'node:fs';
import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import type { StateDisk, StateFile } from './state-disk.js';

// Without O_NONBLOCK a pipe or a device may hold the open.
const FLAGS =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK;
const OWNER_ONLY = 0o600;
const OF_OTHERS = 0o077;

export const nodeStateDisk: StateDisk = {
  async open(file) {
    const handle = await open(file, FLAGS, OWNER_ONLY);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new Error('it is no regular file');
      if ((stats.mode & OF_OTHERS) !== 0) await handle.chmod(OWNER_ONLY);
      return stateFileOf(handle);
    } catch (error) {
      await handle.close();
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
    async append(bytes) {
      return (await handle.write(bytes, 0, bytes.byteLength, null)).bytesWritten;
    },
    // The size is data here: fdatasync writes what is needed to read the bytes back.
    sync: () => handle.datasync(),
    truncate: (sizeBytes) => handle.truncate(sizeBytes),
    close: () => handle.close(),
  };
}
