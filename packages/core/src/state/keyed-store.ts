/**
 * What has to survive a restart, by tenant or job: the last value of each key, in a file of lines that
 * is written anew when most of it is outdated. When records reach the disk is left to `journal.ts`,
 * the spelling of a line to `keyed-line.ts`.
 */
import path from 'node:path';
import { TenantryError, shown } from '../errors/errors.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../time/clock.js';
import { isTenantId } from '../vocabulary/names.js';
import { keepAs, writeWhole } from './file-pieces.js';
import type { Batch } from './journal-parts.js';
import { Journal } from './journal.js';
import { recover, type Recovered } from './keyed-file.js';
import { keyedLine } from './keyed-line.js';
import { nodeStateDisk } from './node-state-disk.js';
import type { StateFolder } from './state-dir.js';
import type { StateDisk, StateFile } from './state-disk.js';
import { NOBODY, logged, stateDamaged, stateFailed, type StateListener } from './state-trouble.js';

/** A smaller file is not worth writing anew. */
const SMALLEST_COMPACTED_BYTES = 262_144;
/** How many times its live lines a file may have. */
const MOST_GROWTH = 4;
const MOST_VALUE_BYTES = 65_536;
/** Two values that lost the newline between them; a longer line is none of ours. */
const LONGEST_LINE_VALUES = 4;
/** Of a file that is written anew: what is spelt in one go. */
const PIECE_CHARACTERS = 262_144;

export interface KeyedStoreParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly listener?: StateListener;
  readonly disk?: StateDisk;
  /** Keys that may wait for the disk; 10,000 by default. */
  readonly maxPending?: number;
  /** Largest value, as JSON; 64 KiB by default. */
  readonly maxValueBytes?: number;
  /** Whether only `check` looks whether the file is still there; else every write does. */
  readonly isLookedAtSeldom?: boolean;
}

/** The JSON that waits for the disk, undefined to delete; all puts of a key until then share it. */
interface Dirty {
  line: string;
  value: unknown;
  written: Promise<void>;
}

export class KeyedStore {
  /** Whether lines of the file that was opened were no records: some values may be older ones. */
  readonly wasDamaged: boolean;
  readonly #path: string;
  readonly #log: Log;
  readonly #maxValueBytes: number;
  readonly #durable: Map<string, { readonly value: unknown; readonly lineBytes: number }>;
  readonly #dirty = new Map<string, Dirty>();
  #journal!: Journal<string>;
  #liveBytes = 0;
  /** One of those that the disk refused since it last took any. */
  #refusedKey: string | undefined;
  #isClosed = false;
  /** After a compaction that failed: the size at which the next one is tried. */
  #compactAboveBytes = SMALLEST_COMPACTED_BYTES;

  private constructor(file: string, log: Log, maxValueBytes: number, recovered: Recovered) {
    this.#path = file;
    this.#log = log;
    this.#maxValueBytes = maxValueBytes;
    this.wasDamaged = recovered.isDamaged;
    this.#durable = new Map();
    for (const [key, value] of recovered.values) this.#keep(key, value, lineOf(key, value));
  }

  /**
   * Reads `<name>.jsonl`: every record that is whole, the last one of each key. A torn last line is
   * cut off. Where anything else cannot be read, the file is kept as `<name>.jsonl.damaged-<epochMs>`
   * and what was read is written anew; a key whose last record was hit then has its value before.
   * So is a file that somebody takes away, cuts or writes to while it is in use, with all that is durable.
   * @throws TENANTRY_STATE_FAILED when the file cannot be read or written; never for what is in it
   */
  static async open(dir: StateFolder, name: string, parts: KeyedStoreParts): Promise<KeyedStore> {
    const { clock, log, disk = nodeStateDisk, maxPending } = parts;
    const { maxValueBytes = MOST_VALUE_BYTES, isLookedAtSeldom = false } = parts;
    const file = path.join(dir.path, `${name}.jsonl`);
    const listener = logged(log, parts.listener ?? NOBODY);
    let opened: StateFile | undefined;
    try {
      opened = await disk.open(file);
      const found = await recover(opened, LONGEST_LINE_VALUES * maxValueBytes);
      const store = new KeyedStore(file, log, maxValueBytes, found);
      let { soundBytes } = found;
      const isBloated =
        soundBytes > SMALLEST_COMPACTED_BYTES && soundBytes > MOST_GROWTH * store.#liveBytes;
      if (found.isDamaged || found.isOpenEnded || isBloated) {
        const kept = found.isDamaged
          ? await keepAs(disk, file, file, 'damaged', clock.epochMs())
          : undefined;
        const old = opened;
        const written = await writeWhole(disk, `${file}.new`, store.#pieces());
        opened = written.file;
        await old.close().catch(() => {});
        await disk.rename(`${file}.new`, file);
        await disk.syncFolder(dir.path);
        soundBytes = written.sizeBytes;
        if (kept !== undefined)
          listener.damaged(stateDamaged(file, kept, 'it has lines that are no records'));
      } else if (soundBytes < (await opened.sizeBytes())) {
        await opened.truncate(soundBytes);
      }
      store.#journal = new Journal<string>(opened, soundBytes, {
        disk,
        dir,
        path: file,
        clock,
        listener,
        encode: (keys) => store.#batch(keys),
        anew: () => ({ pieces: store.#pieces() }),
        refused: (keys) => (store.#refusedKey = keys.at(-1) ?? store.#refusedKey),
        ...(maxPending === undefined ? {} : { maxPending }),
        isLookedAtSeldom,
      });
      return store;
    } catch (cause) {
      await opened?.close().catch(() => {});
      throw stateFailed(file, 'it cannot be opened', cause);
    }
  }

  /** What is durable: recovered at open, with every put and delete that has resolved since. */
  entries(): ReadonlyMap<string, unknown> {
    return new Map([...this.#durable].map(([key, { value }]) => [key, value]));
  }

  /** Of all values that are durable, as they stand in the file. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** What is durable of `key`; undefined where it has no value. */
  get(key: string): unknown {
    return this.#durable.get(key)?.value;
  }

  /**
   * Resolves when this value, or a later one of the same key, is durable. The value is copied at once.
   * @throws TENANTRY_TENANT_ID_INVALID when `key` is no tenant id
   * @throws TENANTRY_INTERNAL when `value` is no JSON, or over `maxValueBytes` of it
   * @throws TENANTRY_STATE_FAILED when the disk refuses it: the value before stays
   */
  async put(key: string, value: unknown): Promise<void> {
    return this.#write(key, jsonOf(key, value, this.#maxValueBytes));
  }

  /** Resolves when it is durable that `key` has no value. Throws what `put` throws. */
  async delete(key: string): Promise<void> {
    return this.#write(key, undefined);
  }

  /** Looks after the file, as `Journal.check` does. Never rejects. */
  check(): Promise<void> {
    return this.#journal.check();
  }

  /** Resolves when all that waits is durable or refused. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#journal.close();
  }

  #write(key: string, json: string | undefined): Promise<void> {
    if (!isTenantId(key)) {
      throw new TenantryError(
        'TENANTRY_TENANT_ID_INVALID',
        `state of ${shown(key)}: no tenant id`,
        {
          details: { received: shown(key) },
        },
      );
    }
    const line = `${keyedLine(key, json)}\n`;
    const value: unknown = json === undefined ? undefined : JSON.parse(json);
    const waiting = this.#dirty.get(key);
    if (waiting !== undefined) {
      [waiting.line, waiting.value] = [line, value];
      return waiting.written;
    }
    const dirty: Dirty = { line, value, written: this.#journal.append(key) };
    this.#dirty.set(key, dirty);
    // Refused without having been asked for: the next put begins anew.
    dirty.written.catch(() => {
      if (this.#dirty.get(key) === dirty) this.#dirty.delete(key);
    });
    return dirty.written;
  }

  #batch(keys: readonly string[]): Batch {
    if (keys.length === 0) return this.#probe();
    const taken = keys.map((key) => {
      const dirty = this.#dirty.get(key)!;
      this.#dirty.delete(key);
      return { key, line: dirty.line, value: dirty.value };
    });
    return {
      text: taken.map(({ line }) => line).join(''),
      kept: () => {
        this.#refusedKey = undefined;
        for (const { key, value, line } of taken) this.#keep(key, value, line);
        this.#compactIfWorth();
      },
    };
  }

  /** What is durable of a key that was refused, once more: a disk that takes it takes others too. */
  #probe(): Batch {
    const key = this.#refusedKey;
    if (key === undefined) return { text: '' };
    const text = lineOf(key, this.get(key));
    return { text, kept: () => (this.#refusedKey = undefined) };
  }

  #keep(key: string, value: unknown, line: string): void {
    this.#liveBytes -= this.#durable.get(key)?.lineBytes ?? 0;
    this.#durable.delete(key);
    if (value === undefined) return;
    const lineBytes = Buffer.byteLength(line);
    this.#durable.set(key, { value, lineBytes });
    this.#liveBytes += lineBytes;
  }

  #compactIfWorth(): void {
    if (this.#isClosed) return;
    const { sizeBytes } = this.#journal;
    if (sizeBytes <= this.#compactAboveBytes || sizeBytes <= MOST_GROWTH * this.#liveBytes) return;
    this.#compactAboveBytes = sizeBytes + SMALLEST_COMPACTED_BYTES;
    this.#journal
      .replace(() => this.#pieces())
      .then(
        () => (this.#compactAboveBytes = SMALLEST_COMPACTED_BYTES),
        (error: TenantryError) =>
          this.#log.warn(
            { code: error.code, path: this.#path, reason: error.message },
            '[state] a file could not be compacted; it grows on, and it is tried again later',
          ),
      );
  }

  *#pieces(): Generator<string> {
    let piece = '';
    for (const [key, { value }] of this.#durable) {
      piece += lineOf(key, value);
      if (piece.length < PIECE_CHARACTERS) continue;
      yield piece;
      piece = '';
    }
    if (piece !== '') yield piece;
  }
}

const lineOf = (key: string, value: unknown): string =>
  `${keyedLine(key, value === undefined ? undefined : JSON.stringify(value))}\n`;

/** @throws TENANTRY_INTERNAL */
function jsonOf(key: string, value: unknown, maxBytes: number): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // A cycle or a bigint.
  }
  if (json !== undefined && Buffer.byteLength(json) <= maxBytes) return json;
  throw new TenantryError(
    'TENANTRY_INTERNAL',
    `state of ${shown(key)}: no JSON, or over ${maxBytes} bytes of it`,
    { details: { limit: maxBytes } },
  );
}
