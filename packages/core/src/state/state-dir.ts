/**
 * The state directory of a pool: private to its user, and used by one pool at a time. What is in its
 * files is left to `audit-log.ts` and `keyed-store.ts`.
 */
import { constants, type Stats } from 'node:fs';
import { access, lstat, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { TenantryError, codeOf } from '../errors/errors.js';
import { StateLock } from './state-lock.js';
import { stateFailed } from './state-trouble.js';

/** Where durable state lies. */
export interface StateFolder {
  /** Absolute. */
  readonly path: string;
  /** Rejects where it is another pool's by now, or is gone. */
  hold?(): Promise<void>;
}

const LOCK = 'lock';
const OWNER_ONLY = 0o700;
const OF_OTHERS = 0o077;
const OWNER_WRITES = 0o300;
/** A folder is not made there until somebody changes something; anything else is the disk's matter. */
const NEVER_MADE: ReadonlySet<string | undefined> = new Set([
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'EROFS',
]);

export class StateDir implements StateFolder {
  readonly path: string;
  #lock: StateLock;
  #holding: Promise<void> | undefined;

  private constructor(folder: string, lock: StateLock) {
    this.path = folder;
    this.#lock = lock;
  }

  /**
   * Makes the directory with mode 0700 where it does not exist, takes every right of others from one
   * that does, and locks it until `close`. A lock whose process has ended is taken over.
   * @throws TENANTRY_STATE_DIR_UNSAFE when it is a symbolic link, no directory, another user's, or
   * cannot be written
   * @throws TENANTRY_STATE_IN_USE when a pool that runs has it, in this process or another
   * @throws TENANTRY_STATE_FAILED when the disk refuses
   */
  static async open(stateDir: string): Promise<StateDir> {
    const folder = await privateFolder(stateDir);
    return new StateDir(folder, await taken(folder));
  }

  /**
   * Takes the lock again where somebody has removed it.
   * @throws TENANTRY_STATE_IN_USE when another pool has the directory
   * @throws TENANTRY_STATE_DIR_UNSAFE when it is gone, or not what it was
   * @throws TENANTRY_STATE_FAILED when the disk refuses
   */
  hold(): Promise<void> {
    this.#holding ??= this.#hold().finally(() => (this.#holding = undefined));
    return this.#holding;
  }

  async #hold(): Promise<void> {
    if ((await statsOf(this.path)) === undefined) throw unsafe(this.path, 'it is gone');
    await makePrivate(this.path);
    if (!(await this.#lock.isHeld())) this.#lock = await taken(this.path);
  }

  /**
   * Gives the directory free, if it is still this one's; more calls change nothing.
   * @throws TENANTRY_STATE_FAILED when the disk refuses: the lock stays until the process ends
   */
  async close(): Promise<void> {
    try {
      await this.#lock.release();
    } catch (cause) {
      throw stateFailed(this.path, 'its lock cannot be removed', cause);
    }
  }
}

/**
 * Makes the directory with mode 0700 where it does not exist, and takes every right of others from one
 * that does. Resolves with its absolute path.
 * @throws TENANTRY_STATE_DIR_UNSAFE when it is a symbolic link, no directory, another user's, or
 * cannot be written
 * @throws TENANTRY_STATE_FAILED when the disk refuses
 */
export async function privateFolder(stateDir: string): Promise<string> {
  const folder = path.resolve(stateDir);
  try {
    await made(folder);
  } catch (cause) {
    // What stands there instead is named below.
    if ((await statsOf(folder)) === undefined) throw notMade(folder, cause);
  }
  await makePrivate(folder);
  return folder;
}

/**
 * With the folders above it. Not `mkdir` with `recursive`: that tries for ever where a folder exists and
 * says ENOENT of what is made in it, as /proc does (Node 20).
 */
async function made(folder: string): Promise<void> {
  const make = (): Promise<unknown> =>
    mkdir(folder, OWNER_ONLY).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    await made(path.dirname(folder));
    await make();
  }
}

async function makePrivate(folder: string): Promise<void> {
  const seen = await statsOf(folder);
  if (seen?.isSymbolicLink() === true) throw unsafe(folder, 'it is a symbolic link');
  if (seen?.isDirectory() !== true) throw unsafe(folder, 'it is no directory');
  // From here on by its handle: what is at the path may have been changed since it was looked at.
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  try {
    const handle = await open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      const { uid, mode } = await handle.stat();
      const ownUid = process.getuid?.();
      if (ownUid !== undefined && uid !== ownUid)
        throw unsafe(folder, `it belongs to user ${uid}, and this is user ${ownUid}`);
      if ((mode & OWNER_WRITES) !== OWNER_WRITES) throw unsafe(folder, 'it is not writable');
      if ((mode & OF_OTHERS) !== 0) await handle.chmod(OWNER_ONLY);
    } finally {
      await handle.close();
    }
    // A file system that is mounted read-only says so here.
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (codeOf(cause)?.startsWith('TENANTRY_') === true) throw cause;
    throw unsafe(folder, 'it is not readable and writable', cause);
  }
}

async function taken(folder: string): Promise<StateLock> {
  const attempt = await lockOf(folder);
  if (attempt.state === 'held') return attempt.lock;
  const { pid } = attempt.holder;
  throw new TenantryError(
    'TENANTRY_STATE_IN_USE',
    `state directory ${folder}: a pool of process ${pid} uses it`,
    { details: { path: folder, pid } },
  );
}

async function lockOf(folder: string): ReturnType<typeof StateLock.take> {
  try {
    return await StateLock.take(folder, LOCK);
  } catch (cause) {
    throw stateFailed(path.join(folder, LOCK), 'the directory cannot be locked', cause);
  }
}

async function statsOf(folder: string): Promise<Stats | undefined> {
  try {
    return await lstat(folder);
  } catch {
    return undefined;
  }
}

function notMade(folder: string, cause: unknown): TenantryError {
  return NEVER_MADE.has(codeOf(cause))
    ? unsafe(folder, 'it cannot be made there', cause)
    : stateFailed(folder, 'it cannot be made', cause);
}

function unsafe(folder: string, why: string, cause?: unknown): TenantryError {
  return new TenantryError('TENANTRY_STATE_DIR_UNSAFE', `state directory ${folder}: ${why}`, {
    details: { path: folder, why },
    cause,
  });
}
