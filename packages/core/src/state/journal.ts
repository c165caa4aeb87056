/**
 * Appends records to a file, each told durable only when it is: those that come while the disk is
 * busy share its next write and sync. What a record looks like is left to whoever opens the journal.
 *
 *            append                    all durable
 *   sound ──────────▶ (writing) ──────────────────────▶ sound
 *     ▲                   │ disk error
 *     │ cut back          ▼
 *     └───────────── unsound ── refuses again ──▶ unsound
 *
 * After a failed write or sync it is unknown what the file has behind its last good byte, and a
 * second sync may succeed without writing anything (PostgreSQL's "fsyncgate", 2018). So what was in
 * the batch is refused, and the file is cut back to its last good byte before anything is appended.
 *
 * An open file takes records also when its name is gone, and nobody finds them there. So before a
 * batch the file is compared with what has its name; where somebody took it away, cut it or wrote to
 * it, that is told, what stands there is kept, and a new file begins with what `anew` says.
 */
import path from 'node:path';
import { TenantryError, isTenantryError } from '../errors/errors.js';
import { AsideKeeper, lossOf, type FileLoss } from './file-loss.js';
import { appendAll, writeWhole } from './file-pieces.js';
import type { Batch, JournalParts } from './journal-parts.js';
import type { StateFile } from './state-disk.js';
import { stateDamaged, stateFailed } from './state-trouble.js';

/** Records that may wait for the disk before more are refused. */
const MAX_PENDING = 10_000;
/** Bounds the memory and the time on the loop that one write takes. */
const MOST_IN_BATCH = 256;

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: TenantryError) => void;
}

interface Replacement {
  readonly pieces: () => Iterable<string>;
  readonly resolve: () => void;
  readonly reject: (error: TenantryError) => void;
}

export class Journal<Entry> {
  readonly #parts: JournalParts<Entry>;
  readonly #maxPending: number;
  #file: StateFile;
  /** All that is known durable; a line never ends behind it. */
  #soundBytes: number;
  #state: 'sound' | 'unsound' = 'sound';
  /** Whether the file's name may still be lost with the power. */
  #isNameUnsure: boolean;
  #isTroubled = false;
  #isClosed = false;
  #waiting: Waiting<Entry>[] = [];
  #writingCount = 0;
  #replacement: Replacement | undefined;
  #isCheckAsked = false;
  readonly #asides = new AsideKeeper();
  #running: Promise<void> | undefined;

  /** Goes on behind `sizeBytes`, where the last whole line of `file` ends. */
  constructor(file: StateFile, sizeBytes: number, parts: JournalParts<Entry>) {
    this.#file = file;
    this.#soundBytes = sizeBytes;
    this.#isNameUnsure = sizeBytes === 0;
    this.#parts = parts;
    this.#maxPending = parts.maxPending ?? MAX_PENDING;
  }

  /** What is durable of the file. */
  get sizeBytes(): number {
    return this.#soundBytes;
  }

  /**
   * Resolves when the record is durable; in the order of the appends.
   * @throws TENANTRY_STATE_FAILED when the disk refuses it, when more than `maxPending` records wait,
   * or when the journal is closed. A refused record may still be found in the file after a crash.
   */
  append(entry: Entry): Promise<void> {
    if (this.#isClosed) return Promise.reject(this.#failed('the file is closed'));
    if (this.#waiting.length + this.#writingCount >= this.#maxPending) {
      const error = this.#failed(`more than ${this.#maxPending} records wait for the disk`);
      this.#troubled(error);
      this.#parts.refused?.([entry]);
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#run();
    });
  }

  /**
   * Puts a file of these pieces in the place of this one, between two writes; `pieces` is asked for
   * then, and nothing becomes durable before the last of them is taken.
   * @throws TENANTRY_STATE_FAILED with the old file in use as before
   */
  replace(pieces: () => Iterable<string>): Promise<void> {
    if (this.#isClosed) return Promise.reject(this.#failed('the file is closed'));
    return new Promise((resolve, reject) => {
      this.#replacement = { pieces, resolve, reject };
      this.#run();
    });
  }

  /**
   * Looks after the file without a record: begins it anew where it is lost, and tries a disk that has
   * refused. Resolves when it has, and what waits is written. Never rejects.
   */
  async check(): Promise<void> {
    if (this.#isClosed) return;
    this.#isCheckAsked = true;
    this.#run();
    await this.#running;
  }

  /** Resolves when all that waits is durable or refused. Never rejects; more calls change nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return this.#running;
    this.#isClosed = true;
    const open = this.#running;
    this.#running = (async () => {
      await open;
      // What was refused should not be found by the next start; where this fails, it may be.
      if (this.#state === 'unsound') await this.#repair().catch(() => {});
      await this.#file.close().catch(() => {});
    })();
    return this.#running;
  }

  #run(): void {
    this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // What is appended in the same turn shares the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#replacement !== undefined || this.#isCheckAsked) {
      const isCheck = this.#isCheckAsked;
      this.#isCheckAsked = false;
      await this.#replaceIfAsked();
      const batch = this.#waiting.splice(0, MOST_IN_BATCH);
      if (isCheck || batch.length > 0) await this.#commit(batch, isCheck);
    }
    if (!this.#isClosed) this.#running = undefined;
  }

  async #commit(batch: readonly Waiting<Entry>[], isCheck: boolean): Promise<void> {
    this.#writingCount = batch.length;
    const entries = batch.map(({ entry }) => entry);
    let encoded: Batch;
    try {
      await this.#secure(isCheck);
      encoded = this.#parts.encode(entries);
      if (encoded.text !== '') await this.#write(Buffer.from(encoded.text));
    } catch (cause) {
      const error = stateFailed(this.#parts.path, refusalOf(batch.length), cause);
      this.#parts.refused?.(entries);
      for (const { reject } of batch) reject(error);
      this.#troubled(error);
      return;
    } finally {
      this.#writingCount = 0;
    }
    encoded.kept?.();
    for (const { resolve } of batch) resolve();
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    this.#parts.listener.recovered(this.#parts.path);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#state = 'unsound';
    await appendAll(this.#file, bytes);
    await this.#file.sync();
    this.#state = 'sound';
    this.#soundBytes += bytes.byteLength;
  }

  /** Before anything is written: the file is the one of its name, ends in a line, and stays findable. */
  async #secure(isCheck: boolean): Promise<void> {
    const { disk, path: file, isLookedAtSeldom } = this.#parts;
    const isSound = this.#state === 'sound';
    if (isCheck || !isSound || this.#isTroubled || isLookedAtSeldom !== true) {
      const loss = await lossOf(disk, file, this.#file, { soundBytes: this.#soundBytes, isSound });
      if (loss !== undefined) await this.#beginAnew(loss);
    }
    await this.#repair();
  }

  async #beginAnew(loss: FileLoss): Promise<void> {
    const { disk, path: file, dir, clock, listener } = this.#parts;
    try {
      // Whoever took the directory over has files of these names.
      await dir.hold?.();
      const lost = await this.#asides.keep(disk, file, loss, clock.epochMs());
      const fresh = this.#parts.anew(lost);
      await this.#putInPlace(fresh.pieces);
      this.#asides.done();
      fresh.begun?.();
      listener.damaged(stateDamaged(file, lost.setAside, `${lost.why} while it was in use`));
    } catch (cause) {
      throw stateFailed(file, `${loss.why}, and no new one can begin`, withoutCode(cause));
    }
  }

  async #repair(): Promise<void> {
    if (this.#state === 'unsound') {
      await this.#file.truncate(this.#soundBytes);
      this.#state = 'sound';
    }
    if (this.#isNameUnsure) {
      await this.#parts.disk.syncFolder(path.dirname(this.#parts.path));
      this.#isNameUnsure = false;
    }
  }

  async #replaceIfAsked(): Promise<void> {
    const asked = this.#replacement;
    if (asked === undefined) return;
    this.#replacement = undefined;
    try {
      // What somebody else put there is not written over.
      await this.#secure(true);
      await this.#putInPlace(asked.pieces());
      await this.#repair();
      asked.resolve();
    } catch (cause) {
      asked.reject(stateFailed(this.#parts.path, 'it could not be written anew', cause));
    }
  }

  async #putInPlace(pieces: Iterable<string>): Promise<void> {
    const { disk, path: file } = this.#parts;
    const { file: next, sizeBytes } = await writeWhole(disk, `${file}.new`, pieces);
    try {
      await disk.rename(`${file}.new`, file);
    } catch (error) {
      await next.close().catch(() => {});
      await disk.remove(`${file}.new`).catch(() => {});
      throw error;
    }
    // From here on the new file has the name, and nothing more is durable before its name is.
    const old = this.#file;
    [this.#file, this.#soundBytes, this.#state] = [next, sizeBytes, 'sound'];
    this.#isNameUnsure = true;
    await old.close().catch(() => {});
  }

  #failed(what: string): TenantryError {
    const { path: file } = this.#parts;
    return new TenantryError('TENANTRY_STATE_FAILED', `${path.basename(file)}: ${what}`, {
      details: { path: file, errno: null },
    });
  }

  #troubled(error: TenantryError): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.#parts.listener.troubled(error);
  }
}

/** What is wrong with the directory is told of the file. */
const withoutCode = (cause: unknown): unknown =>
  isTenantryError(cause) ? new Error(cause.message) : cause;

function refusalOf(count: number): string {
  if (count === 0) return 'it cannot be written';
  return `${count === 1 ? 'a record was' : `${count} records were`} refused by the disk`;
}
