/** PORT: what keeping bundles needs of a file system, and the real one. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { OWNER_ONLY } from '../files/append-file.js';

export interface BundleDisk {
  /** Makes it for its owner alone, where it is not; refuses what is no folder. */
  folder(path: string): Promise<void>;
  /** A new file for its owner alone, whole and synced when it resolves. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Resolves when the names in a folder survive a loss of power. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names and sizes of the plain files of a folder. */
  list(path: string): Promise<readonly { readonly name: string; readonly sizeBytes: number }[]>;
}

const FOLDER_OWNER_ONLY = 0o700;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_DIRECTORY } = constants;

export const nodeBundleDisk: BundleDisk = {
  async folder(path) {
    await mkdir(path, { mode: FOLDER_OWNER_ONLY }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      await handle.chmod(FOLDER_OWNER_ONLY);
    } finally {
      await handle.close();
    }
  },

  async write(path, bytes) {
    const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWNER_ONLY);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  rename,

  async syncFolder(path) {
    const handle = await open(path, O_RDONLY | O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  remove: unlink,

  async list(path) {
    const found: { name: string; sizeBytes: number }[] = [];
    for (const name of await readdir(path)) {
      const stats = await lstat(`${path}/${name}`).catch(() => undefined);
      if (stats?.isFile() === true) found.push({ name, sizeBytes: stats.size });
    }
    return found;
  },
};
