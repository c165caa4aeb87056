/**
 * Gets records into the file in their order, one append in flight, and keeps them while it cannot. No
 * record is lost without being counted, and no failure reaches whoever records. Which file that is,
 * and its rotation, is left to `rotating-file.ts`.
 */
import { TenantryError } from '../errors/errors.js';
import type { Log } from '../log/log.js';
import type { Clock, Timer } from '../time/clock.js';
import { settledWithin } from '../time/deadline.js';
import { linesWithin, nextBatch } from './batch.js';
import { Complaints } from './complaints.js';
import type { MetricsDisk } from './metrics-disk.js';
import type { MetricsOptions } from './metrics-options.js';
import type { EventFacts, Unwritten } from './metrics-record.js';
import { reasonOf } from './node-disk.js';
import { RecordQueue } from './record-queue.js';
import { RotatingFile } from './rotating-file.js';

const RETRY_MS = 1_000;

export interface WriterParts {
  readonly disk: MetricsDisk;
  readonly clock: Clock;
  readonly log: Log;
}

/** Files that this process writes: two rotations of one file would undo each other. */
const claimedPaths = new Set<string>();

type State = 'idle' | 'writing' | 'waiting-to-retry' | 'closed';

export class MetricsWriter {
  readonly complaints: Complaints;
  readonly #path: string;
  readonly #parts: WriterParts;
  readonly #queue: RecordQueue;
  readonly #file: RotatingFile;
  #state: State = 'idle';
  #retry: Timer | undefined;
  #writtenSeq = 0;
  #emptied: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  private constructor(path: string, options: MetricsOptions, parts: WriterParts) {
    const { disk, clock, log } = parts;
    this.#path = path;
    this.#parts = parts;
    this.complaints = new Complaints(log, clock, path);
    this.#queue = new RecordQueue(options.maxBufferedRecords);
    this.#file = new RotatingFile(path, options, disk, clock, this.complaints);
  }

  /** @throws TENANTRY_METRICS_FAILED where the file cannot be opened, or is written by another pool */
  static async open(options: MetricsOptions, parts: WriterParts): Promise<MetricsWriter> {
    const failed = (reason: string, cause?: unknown): TenantryError =>
      new TenantryError('TENANTRY_METRICS_FAILED', `metrics.jsonl ${options.jsonl}: ${reason}`, {
        details: { path: options.jsonl, reason },
        cause,
      });
    let path: string;
    try {
      path = await parts.disk.canonical(options.jsonl);
    } catch (error) {
      throw failed(reasonOf(error), error);
    }
    if (claimedPaths.has(path)) throw failed('another pool of this process writes to it');
    claimedPaths.add(path);
    const writer = new MetricsWriter(path, options, parts);
    try {
      await writer.#file.open();
    } catch (error) {
      claimedPaths.delete(path);
      throw failed(reasonOf(error), error);
    }
    return writer;
  }

  /** Whether a snapshot still waits for the disk. */
  get hasSnapshot(): boolean {
    return this.#queue.hasSnapshot;
  }

  /** After `close` nothing more is recorded. */
  event(payload: EventFacts): void {
    this.#record({ kind: 'event', time: this.#parts.clock.epochMs(), payload });
  }

  snapshot(payload: object): void {
    this.#record({ kind: 'snapshot', time: this.#parts.clock.epochMs(), payload });
  }

  /** Counts a snapshot that is not recorded, as any record that is dropped. */
  dropSnapshot(): void {
    this.#queue.drop({ kind: 'snapshot', time: this.#parts.clock.epochMs(), payload: {} });
    this.#wake();
  }

  /** Writes what waits, for `deadlineMs` at most; logs how much could not be. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    await settledWithin(this.#parts.clock, this.#flush(), deadlineMs);
    this.#state = 'closed';
    this.#retry?.cancel();
    claimedPaths.delete(this.#path);
    const unwrittenCount = this.#queue.recordCount + this.#queue.untoldCount;
    if (unwrittenCount === 0) return;
    this.#parts.log.warn(
      { path: this.#path, unwrittenCount },
      '[metrics] closed before everything was written',
    );
  }

  async #flush(): Promise<void> {
    this.#retry?.cancel();
    if (this.#state === 'waiting-to-retry') this.#state = 'idle';
    if (this.#queue.lineCount > 0) {
      const emptied = new Promise<void>((resolve) => this.#emptied.push(resolve));
      this.#wake();
      await emptied;
    }
    await this.#file.close();
  }

  #record(record: Unwritten): void {
    if (!this.#queue.offer(record)) {
      const bufferedRecords = this.#queue.recordCount;
      this.complaints.of('overflow', { bufferedRecords, droppedCount: this.#queue.untoldCount });
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#state === 'idle' && this.#queue.lineCount > 0) void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    this.#state = 'writing';
    try {
      while (this.#queue.lineCount > 0) {
        await this.#writeBatch();
        if (this.#isClosed()) {
          // The deadline of the close passed meanwhile: nobody else closes the file.
          await this.#file.close();
          return;
        }
      }
      this.#state = 'idle';
      this.complaints.over('write-failed', '[metrics] writes again');
      for (const resolve of this.#emptied.splice(0)) resolve();
    } catch (error) {
      this.#queue.settle(0);
      const bufferedRecords = this.#queue.recordCount;
      this.complaints.ofError('write-failed', error, { bufferedRecords });
      if (!this.#isClosed()) this.#retryLater();
    }
  }

  async #writeBatch(): Promise<void> {
    await this.#file.open();
    const batch = nextBatch(this.#queue, this.#writtenSeq, this.#file.roomBytes);
    const { writtenBytes, error } = await this.#file.append(batch.bytes);
    const writtenCount = linesWithin(batch, writtenBytes);
    this.#writtenSeq += writtenCount;
    this.#queue.settle(writtenCount);
    if (error !== undefined) throw error;
  }

  #retryLater(): void {
    this.#state = 'waiting-to-retry';
    this.#retry = this.#parts.clock.after(RETRY_MS, () => {
      this.#state = 'idle';
      this.#wake();
    });
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}
