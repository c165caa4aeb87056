/**
 * Keeps every isolate's last good report with its age, and what ended ones had used, so that no total
 * goes back when one dies. Holds no policy; merging is core's.
 */
import type { Clock } from '@tenantry/core/internal';
import {
  every,
  settledWithin,
  type PlaceReport,
  type RetiredFigures,
  type Timer,
} from '@tenantry/core/internal';
import type { Isolate } from '../host/isolate.js';

export interface KeptReport {
  readonly report: PlaceReport;
  readonly atMs: number;
}

export interface CoordinatorOptions {
  readonly clock: Clock;
  readonly reportIntervalMs: number;
  /** A report came in. */
  readonly onReport: (isolate: Isolate, report: PlaceReport) => void;
}

export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #kept = new Map<Isolate, KeptReport | undefined>();
  readonly #asking = new Map<Isolate, Promise<void>>();
  #timer: Timer | undefined;
  readonly #retired = { isolates: 0, cpuMs: 0 };
  /** Of retired isolates; a tenant may be spelt like a property of every object. */
  readonly #retiredTenantMs = new Map<string, number>();

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  add(isolate: Isolate): void {
    this.#kept.set(isolate, undefined);
    this.#timer ??= every(this.#options.clock, this.#options.reportIntervalMs, () => {
      void this.#askAll();
    });
  }

  /** The isolate is gone: what it had used by its last report stays in the totals. */
  retire(isolate: Isolate): void {
    const kept = this.#kept.get(isolate);
    if (!this.#kept.delete(isolate)) return;
    this.#retired.isolates += 1;
    // A thread's CPU is part of its process's, which still runs and still counts it.
    if (isolate.rung === 'process') this.#retired.cpuMs += kept?.report.figures.cpuMs ?? 0;
    for (const [tenant, { totalMs }] of Object.entries(kept?.report.usage?.tenants ?? {})) {
      this.#retiredTenantMs.set(tenant, (this.#retiredTenantMs.get(tenant) ?? 0) + totalMs);
    }
    if (this.#kept.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  isolates(): IterableIterator<Isolate> {
    return this.#kept.keys();
  }

  reportOf(isolate: Isolate): KeptReport | undefined {
    return this.#kept.get(isolate);
  }

  retired(): RetiredFigures {
    return { ...this.#retired, tenantCpuMs: Object.fromEntries(this.#retiredTenantMs) };
  }

  /** Asks everyone now; the slow ones go on being asked after `deadlineMs`. */
  async refresh(deadlineMs: number): Promise<void> {
    if (this.#kept.size === 0) return;
    await settledWithin(this.#options.clock, this.#askAll(), deadlineMs);
  }

  async #askAll(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((isolate) => this.#ask(isolate)));
  }

  #ask(isolate: Isolate): Promise<void> {
    const asking = this.#asking.get(isolate);
    if (asking !== undefined) return asking;
    if (isolate.identity === undefined) return Promise.resolve();
    const asked = isolate
      .report()
      .then(
        (report) => {
          if (!this.#kept.has(isolate)) return;
          this.#kept.set(isolate, { report, atMs: this.#options.clock.nowMs() });
          this.#options.onReport(isolate, report);
        },
        // Its last good report stays and grows old; a missing answer is not a report of zero.
        () => {},
      )
      .finally(() => this.#asking.delete(isolate));
    this.#asking.set(isolate, asked);
    return asked;
  }
}
