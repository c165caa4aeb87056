/**
 * Records what happens in a pool: listens as an observer, takes snapshots at an interval, and hands
 * both to the writer. Loaded only by a pool with the option `metrics`. Files, buffering and loss are
 * left to the folder `metrics`.
 */
import { runAsNobody } from '../attribution/turn-scope.js';
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { Log } from '../log/log.js';
import type { MetricsDisk } from '../metrics/metrics-disk.js';
import type { MetricsOptions } from '../metrics/metrics-options.js';
import type { RUNTIME_EVENTS } from '../metrics/metrics-record.js';
import { MetricsWriter } from '../metrics/metrics-writer.js';
import { nodeDisk } from '../metrics/node-disk.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { every, type Clock, type Timer } from '../time/clock.js';
import { settledWithin } from '../time/deadline.js';
import type { Observer, Observers, SessionInfo } from './observers.js';
import type { Outcome } from '../session/outcome.js';
import { endedRecord, startedRecord } from './session-records.js';

/** Longest that a closing pool waits for the disk. */
const CLOSE_DEADLINE_MS = 2_000;

export interface StreamParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly observers: Observers;
  snapshot(): Promise<Snapshot>;
  readonly disk?: MetricsDisk;
}

export class MetricsStream implements Observer {
  readonly #writer: MetricsWriter;
  readonly #parts: StreamParts;
  readonly #unsubscribe: () => void;
  #interval: Timer | undefined;
  #taking: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(writer: MetricsWriter, parts: StreamParts) {
    this.#writer = writer;
    this.#parts = parts;
    this.#unsubscribe = parts.observers.add(this);
  }

  /** @throws TENANTRY_METRICS_FAILED */
  static async open(options: MetricsOptions, parts: StreamParts): Promise<MetricsStream> {
    const { clock, log, disk = nodeDisk } = parts;
    return new MetricsStream(await MetricsWriter.open(options, { clock, log, disk }), parts);
  }

  /** Takes the first snapshot, and one more every `intervalMs`. */
  begin(intervalMs: number): void {
    runAsNobody(() => {
      this.#interval = every(this.#parts.clock, intervalMs, () => this.#tick());
      this.#tick();
    });
  }

  onSessionStart(info: SessionInfo): void {
    this.#writer.event(startedRecord(info));
  }

  onSessionEnd(info: SessionInfo, outcome: Outcome): void {
    this.#writer.event(endedRecord(info, outcome));
  }

  onRuntimeEvent({ kind, ...fields }: RuntimeEvent): void {
    const event: (typeof RUNTIME_EVENTS)[number] = kind;
    this.#writer.event({ event, ...fields });
  }

  /** Takes a last snapshot and writes what waits; bounded, and never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const isBegun = this.#interval !== undefined;
    this.#interval?.cancel();
    // What has been told by now is heard one turn later.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#unsubscribe();
    if (isBegun) {
      await settledWithin(this.#parts.clock, this.#takeLast(), CLOSE_DEADLINE_MS);
    }
    await this.#writer.close(CLOSE_DEADLINE_MS);
  }

  async #takeLast(): Promise<void> {
    await this.#taking;
    await this.#take();
  }

  #tick(): void {
    // A snapshot is large: where the disk does not keep up, the next one is not even taken.
    if (this.#taking !== undefined || this.#writer.hasSnapshot) {
      this.#writer.dropSnapshot();
      return;
    }
    this.#taking = this.#take().finally(() => {
      this.#taking = undefined;
    });
  }

  async #take(): Promise<void> {
    try {
      this.#writer.snapshot(await this.#parts.snapshot());
    } catch (error) {
      this.#writer.complaints.ofError('snapshot-failed', error);
      this.#writer.dropSnapshot();
    }
  }
}
