/** The one way out for what a guest logs and prints: metered, and what was held back is told. */
import { OutputMeter } from '@tenantry/core/internal';
import type { LogNotice } from '../wire/messages.js';

const DROP_REPORT_INTERVAL_MS = 1_000;

export class OutputGate {
  readonly tell: (notice: LogNotice) => void;
  readonly #meter: OutputMeter;

  constructor(maxBytesPerSecond: number, nowMs: () => number, tell: (notice: LogNotice) => void) {
    this.tell = tell;
    this.#meter = new OutputMeter(maxBytesPerSecond, nowMs);
  }

  /** Tells a notice of so many bytes where it may pass, behind a word about what might not before. */
  pass(bytes: number, notice: () => LogNotice): void {
    if (!this.#meter.pass(bytes)) return;
    this.#tellDropped();
    this.tell(notice());
  }

  /** From now on, where nothing follows what was held back. */
  start(): void {
    setInterval(() => this.#tellDropped(), DROP_REPORT_INTERVAL_MS).unref();
  }

  #tellDropped(): void {
    const dropped = this.#meter.takeDropped();
    if (dropped.lines > 0) this.tell({ kind: 'dropped', ...dropped });
  }
}
