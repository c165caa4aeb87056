/**
 * The keys as a running service knows them: read again when the file changes, and kept as they were
 * while it cannot be read. What a key is good for is left to `key-credential.ts`.
 */
import { lstat } from 'node:fs/promises';
import { codeOf, isTenantryError, type TenantryError } from '@tenantry/core';
import type { Clock, Log } from '@tenantry/core/internal';
import { stateFailed } from '@tenantry/core/internal/host';
import { readKeys, stampOf } from './key-file.js';
import type { KeyRecord } from './key-record.js';

export interface LiveKey {
  readonly record: KeyRecord;
  readonly digest: Buffer;
}

export type KeysById = ReadonlyMap<string, LiveKey>;

export interface LiveKeysParts {
  readonly file: string;
  /** How long a change may go unnoticed, in milliseconds. */
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of a file that is not there. */
const NO_FILE = 'none';

export class LiveKeys {
  readonly #parts: LiveKeysParts;
  #keys: KeysById = new Map();
  #stamp = NO_FILE;
  #lookedAtMs: number;
  #looking: Promise<void> | undefined;
  #problem: TenantryError | null = null;

  private constructor(parts: LiveKeysParts) {
    this.#parts = parts;
    this.#lookedAtMs = parts.clock.nowMs();
  }

  /** @throws TENANTRY_STATE_* when there is a file, and it cannot be read: there are no old keys to keep */
  static async open(parts: LiveKeysParts): Promise<LiveKeys> {
    const keys = new LiveKeys(parts);
    await keys.#read();
    return keys;
  }

  /** Whether there is a file of keys, even one without any. */
  get isPresent(): boolean {
    return this.#stamp !== NO_FILE;
  }

  /** Why the file that stands there is not the one that counts; null while it is. */
  get problem(): TenantryError | null {
    return this.#problem;
  }

  /** By id, as of at most `refreshMs` ago. Never rejects. */
  async current(): Promise<KeysById> {
    const { clock, refreshMs } = this.#parts;
    if (this.#looking === undefined && clock.nowMs() - this.#lookedAtMs >= refreshMs) {
      this.#looking = this.#look().finally(() => {
        this.#lookedAtMs = clock.nowMs();
        this.#looking = undefined;
      });
    }
    await this.#looking;
    return this.#keys;
  }

  async #look(): Promise<void> {
    const { file, log } = this.#parts;
    try {
      if ((await stampAt(file)) === this.#stamp) {
        this.#problem = null;
        return;
      }
      const before = this.#keys;
      await this.#read();
      log.info(
        { path: file, keys: this.#keys.size, before: before.size },
        '[auth] the keys have changed, and hold from now on',
      );
    } catch (cause) {
      const problem = isTenantryError(cause)
        ? cause
        : stateFailed(file, 'it cannot be read', cause);
      if (this.#problem?.message === problem.message) return;
      this.#problem = problem;
      log.error(
        { code: problem.code, reason: problem.message, ...problem.details },
        '[auth] the file of keys cannot be read; the keys before hold on',
      );
    }
  }

  async #read(): Promise<void> {
    const read = await readKeys(this.#parts.file);
    const records = read?.records ?? [];
    this.#keys = new Map(
      records.map((record) => [record.id, { record, digest: Buffer.from(record.digest, 'hex') }]),
    );
    this.#stamp = read?.stamp ?? NO_FILE;
    this.#problem = null;
  }
}

async function stampAt(file: string): Promise<string> {
  try {
    return stampOf(await lstat(file, { bigint: true }));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return NO_FILE;
    throw error;
  }
}
