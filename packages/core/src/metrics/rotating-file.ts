/**
 * The file that is being written, and its rotation: `path` → `path.1` → … → `path.<maxFiles>`. Looks
 * before each append whether the file is still the one at `path`. What is written, and when a failed
 * append is repeated, is left to `metrics-writer.ts`.
 */
import type { Clock } from '../time/clock.js';
import type { Complaints } from './complaints.js';
import type { MetricsDisk, MetricsFile } from './metrics-disk.js';

export interface RotationRules {
  readonly maxFileBytes: number;
  readonly maxFiles: number;
}

/** What an append did before it ended: with all bytes written, or with an error. */
export interface Appended {
  readonly writtenBytes: number;
  readonly error?: unknown;
}

/** A rotation that failed is not tried again with every append. */
const ROTATION_RETRY_MS = 60_000;
const NEWLINE = Buffer.from('\n');

export class RotatingFile {
  readonly #path: string;
  readonly #rules: RotationRules;
  readonly #disk: MetricsDisk;
  readonly #clock: Clock;
  readonly #complaints: Complaints;
  #file: MetricsFile | undefined;
  #sizeBytes = 0;
  #isTorn = false;
  #rotateAgainAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    path: string,
    rules: RotationRules,
    disk: MetricsDisk,
    clock: Clock,
    complaints: Complaints,
  ) {
    this.#path = path;
    this.#rules = rules;
    this.#disk = disk;
    this.#clock = clock;
    this.#complaints = complaints;
  }

  /** What fits before the file has to be rotated; no bound while it cannot be. */
  get roomBytes(): number {
    if (this.#clock.nowMs() < this.#rotateAgainAtMs) return Number.POSITIVE_INFINITY;
    return this.#rules.maxFileBytes - this.#sizeBytes;
  }

  /** Opens the file, or the one that stands in its place by now: moved or deleted files lose nothing. */
  async open(): Promise<void> {
    if (this.#file !== undefined) {
      if ((await this.#disk.identityOf(this.#path)) === this.#file.identity) return;
      await this.#discard();
    }
    this.#adopt(await this.#disk.open(this.#path));
  }

  /** Appends whole lines, behind a rotation where there is no room for them. Never rejects. */
  async append(lines: Uint8Array): Promise<Appended> {
    if (lines.byteLength > this.roomBytes && this.#sizeBytes > 0) await this.#rotateOrComplain();
    if (this.#isTorn) {
      const { error } = await this.#write(NEWLINE);
      if (error !== undefined) return { writtenBytes: 0, error };
      this.#isTorn = false;
    }
    return this.#write(lines);
  }

  async close(): Promise<void> {
    await this.#discard();
  }

  async #write(bytes: Uint8Array): Promise<Appended> {
    let writtenBytes = 0;
    try {
      while (writtenBytes < bytes.byteLength) {
        const step = await this.#file!.append(bytes.subarray(writtenBytes));
        if (step === 0) throw new Error('the system wrote nothing');
        writtenBytes += step;
        this.#sizeBytes += step;
      }
      return { writtenBytes };
    } catch (error) {
      // The next open looks at the file itself, and sees whether its last line is torn.
      await this.#discard();
      return { writtenBytes, error };
    }
  }

  async #rotateOrComplain(): Promise<void> {
    try {
      await this.#rotate();
      this.#rotateAgainAtMs = Number.NEGATIVE_INFINITY;
      this.#complaints.over('rotation-failed', '[metrics] rotated again');
    } catch (error) {
      this.#rotateAgainAtMs = this.#clock.nowMs() + ROTATION_RETRY_MS;
      this.#complaints.ofError('rotation-failed', error);
    }
  }

  async #rotate(): Promise<void> {
    const { maxFiles } = this.#rules;
    const first = `${this.#path}.1`;
    for (let slot = await this.#freeSlot(); slot > 1; slot -= 1) {
      await this.#disk.rename(`${this.#path}.${slot - 1}`, `${this.#path}.${slot}`);
    }
    await this.#disk.rename(this.#path, first);
    // The old file stays open until there is a new one, and is kept until then.
    const old = this.#file;
    try {
      this.#adopt(await this.#disk.open(this.#path));
    } catch (error) {
      // Where this fails too, the next open finds nothing at `path` and makes the file.
      await this.#disk.rename(first, this.#path).catch(() => {});
      throw error;
    }
    await old?.close();
    if (maxFiles === 0) await this.#disk.remove(first);
  }

  /** The first name that is free, so that a gap is filled before anything is replaced. */
  async #freeSlot(): Promise<number> {
    for (let slot = 1; slot < this.#rules.maxFiles; slot += 1) {
      if ((await this.#disk.identityOf(`${this.#path}.${slot}`)) === undefined) return slot;
    }
    return this.#rules.maxFiles;
  }

  #adopt(file: MetricsFile): void {
    this.#file = file;
    this.#sizeBytes = file.sizeBytes;
    this.#isTorn = file.isTorn;
  }

  async #discard(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.close();
    } catch (error) {
      this.#complaints.ofError('write-failed', error);
    }
  }
}
