/**
 * A lock in a state directory: a file, such as `lock`, that names its holder, made whole or not at all
 * by `link`. Whether a holder is still there is left to `lock-holder.ts`.
 *
 * A lock whose holder is gone is taken over by whoever first makes `lock.after-<its token>`; that
 * one alone may put its own file in the place of `lock`. Where the claimant is gone too, the next one
 * claims behind it (`lock.after-<the claimant's token>`), and so on. A claim counts only if `lock` is
 * unchanged once it is made: then nobody else holds one, because claims are removed only after `lock`
 * has been replaced, and tokens never come again.
 */
import { link, open, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors/errors.js';
import { isLive, ownHolder, parseHolder, type LockHolder } from './lock-holder.js';

/** How the attempt ended: with the lock, or with who has it. */
export type LockAttempt =
  | { readonly state: 'held'; readonly lock: StateLock }
  | { readonly state: 'in-use'; readonly holder: LockHolder };

const OWNER_ONLY = 0o600;

export class StateLock {
  readonly #file: string;
  readonly #token: string;

  private constructor(file: string, token: string) {
    this.#file = file;
    this.#token = token;
  }

  /** Rejects with what the system says where the folder cannot be written or has no hard links. */
  static async take(folder: string, name: string): Promise<LockAttempt> {
    const file = path.join(folder, name);
    const own = await ownHolder();
    const draft = `${file}.${own.token}`;
    try {
      await writeSynced(draft, JSON.stringify(own));
      for (;;) {
        const found = await holderIn(file);
        if (found === undefined) {
          if (!(await linked(draft, file))) continue;
          return { state: 'held', lock: new StateLock(file, own.token) };
        }
        const takeover = await takenOver(file, found, draft);
        if (takeover === 'again') continue;
        if (takeover === 'done') return { state: 'held', lock: new StateLock(file, own.token) };
        return { state: 'in-use', holder: takeover };
      }
    } finally {
      await removed(draft);
    }
  }

  async isHeld(): Promise<boolean> {
    return (await holderIn(this.#file))?.token === this.#token;
  }

  /** Removes the lock, if it is still this one's. */
  async release(): Promise<void> {
    if (await this.isHeld()) await removed(this.#file);
  }
}

/** In the place of `found`; or who is there; or again, because the lock changed meanwhile. */
async function takenOver(
  file: string,
  found: LockHolder,
  draft: string,
): Promise<'done' | 'again' | LockHolder> {
  const claims: string[] = [];
  let last = found;
  for (;;) {
    if (await isLive(last)) return last;
    const claim = `${file}.after-${last.token}`;
    claims.push(claim);
    if (await linked(draft, claim)) break;
    const claimant = await holderIn(claim);
    if (claimant === undefined) return 'again';
    last = claimant;
  }
  if ((await holderIn(file))?.token !== found.token) {
    await removed(claims.at(-1)!);
    return 'again';
  }
  // A rename between two names of one file does nothing, so the claim keeps its own.
  await rename(draft, file);
  for (const claim of claims) await removed(claim);
  return 'done';
}

async function holderIn(file: string): Promise<LockHolder | undefined> {
  try {
    return parseHolder(await readFile(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function removed(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
