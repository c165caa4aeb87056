/**
 * Opens a file that is only ever appended to, for reading too: a regular file, made if need be, for its
 * owner only. A symbolic link in the file's own place is not followed.
 */
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

// Without O_NONBLOCK a pipe or a device may hold the open.
const FLAGS =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK;
export const OWNER_ONLY = 0o600;

/**
 * What `use` makes of the file, which has the handle from then on.
 *
 * @throws the system's error, or one that says that it is no regular file, or what `use` throws; the
 *   file is closed then
 */
export async function openForAppending<T>(
  file: string,
  use: (handle: FileHandle, stats: Stats) => T | Promise<T>,
): Promise<T> {
  const handle = await open(file, FLAGS, OWNER_ONLY);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error('it is no regular file');
    return await use(handle, stats);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All of `bytes` or less, as the disk has room. */
export async function append(handle: FileHandle, bytes: Uint8Array): Promise<number> {
  return (await handle.write(bytes, 0, bytes.byteLength, null)).bytesWritten;
}

/**
 * The same at once, for what cannot wait.
 * @throws as `openForAppending` does
 */
export function openForAppendingSync(file: string): { readonly fd: number; readonly stats: Stats } {
  const fd = openSync(file, FLAGS, OWNER_ONLY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is no regular file');
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
