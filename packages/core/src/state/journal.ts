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
 */
import path from 'node:path';
import { TenantryError } from '../errors/errors.js';
import { appendAll, writeWhole } from './file-pieces.js';
import type { StateDisk, StateFile } from './state-disk.js';
import { stateFailed, type StateListener } from './state-trouble.js';

/** Records that may wait for the disk before more are refused. */
const MAX_PENDING = 10_000;
/** Bounds the memory and the time on the loop that one write takes. */
const MOST_IN_BATCH = 256;

/** The lines of some records, each with its newline. */
export interface Batch {
  readonly text: string;
  /** Called once when the text is durable, before those who wait are told; never if it is refused. */
  kept?(): void;
}

export interface JournalParts<Entry> {
  readonly disk: StateDisk;
  readonly path: string;
  readonly listener: StateListener;
  /** Asked when the disk is free for these records, in the order of their appends. */
  encode(entries: readonly Entry[]): Batch;
  /** Records that may wait for the disk. */
  readonly maxPending?: number;
}

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
    while (this.#waiting.length > 0 || this.#replacement !== undefined) {
      await this.#replaceIfAsked();
      await this.#commit(this.#waiting.splice(0, MOST_IN_BATCH));
    }
    if (!this.#isClosed) this.#running = undefined;
  }

  async #commit(batch: readonly Waiting<Entry>[]): Promise<void> {
    if (batch.length === 0) return;
    this.#writingCount = batch.length;
    let encoded: Batch;
    try {
      encoded = this.#parts.encode(batch.map(({ entry }) => entry));
      await this.#repair();
      const bytes = Buffer.from(encoded.text);
      this.#state = 'unsound';
      await appendAll(this.#file, bytes);
      await this.#file.sync();
      this.#state = 'sound';
      this.#soundBytes += bytes.byteLength;
    } catch (cause) {
      const what = batch.length === 1 ? 'a record was' : `${batch.length} records were`;
      const error = stateFailed(this.#parts.path, `${what} refused by the disk`, cause);
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

  async #repair(): Promise<void> {
    if (this.#state === 'unsound') {
      // Cutting a file that somebody shortened would fill it up with zeros.
      if ((await this.#file.sizeBytes()) < this.#soundBytes)
        throw new Error('the file got shorter');
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
    const { disk, path: file } = this.#parts;
    try {
      const { file: next, sizeBytes } = await writeWhole(disk, `${file}.new`, asked.pieces());
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
      await this.#repair();
      asked.resolve();
    } catch (cause) {
      asked.reject(stateFailed(file, 'it could not be written anew', cause));
    }
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
