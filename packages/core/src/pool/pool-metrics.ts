/**
 * What a pool counts for its metrics, and who else has metrics to hand in. Making the summary is left
 * to `metrics-summary.ts`; the text, to the folder `exposition`.
 */
import { toWireError } from '../errors/wire-error.js';
import type { RuntimeEvent } from '../events/runtime-event.js';
import { checkFamilies, type MetricFamily } from '../exposition/metric-family.js';
import { PoolCounts } from '../exposition/pool-counts.js';
import { TopTenants } from '../exposition/top-tenants.js';
import type { Log } from '../log/log.js';

/** What a summary needs beside the pool itself. */
export interface SummaryParts {
  readonly top: TopTenants;
  /** Isolates with series of their own. */
  readonly topIsolates: number;
  readonly counts: PoolCounts;
  readonly extra: readonly MetricFamily[];
}

/** Asked at every scrape, on the main loop: it answers what it has at hand. */
export type MetricSource = () => readonly MetricFamily[];

export class PoolMetrics {
  readonly #counts = new PoolCounts();
  readonly #top: TopTenants;
  readonly #topCount: number;
  readonly #log: Log;
  readonly #sources = new Set<MetricSource>();
  /** Each is complained of once. */
  readonly #faulty = new WeakSet<MetricSource>();

  constructor(topCount: number, log: Log) {
    this.#top = new TopTenants(topCount);
    this.#topCount = topCount;
    this.#log = log;
  }

  /** Returns the function that removes it again. */
  addSource(source: MetricSource): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  event(event: RuntimeEvent): void {
    if (event.kind === 'loop.blocked') {
      if (event.isOngoing) return;
      this.#counts.blocked(event.cause, event.durationMs);
    }
    this.#counts.event(event.kind);
    if (event.kind === 'isolate.ended') this.#counts.isolateEnded(event.rung, event.reason);
  }

  sessionEnded(durationMs: number): void {
    this.#counts.sessionEnded(durationMs);
  }

  /**
   * With everything that is handed in, now.
   * @throws TENANTRY_OPTIONS_INVALID where `extra` cannot be exported
   */
  parts(extra: readonly MetricFamily[] = []): SummaryParts {
    return {
      top: this.#top,
      topIsolates: this.#topCount,
      counts: this.#counts,
      extra: [...checkFamilies(extra), ...[...this.#sources].flatMap((each) => this.#ask(each))],
    };
  }

  /** One that fails does not take the other metrics with it. */
  #ask(source: MetricSource): readonly MetricFamily[] {
    try {
      return checkFamilies(source());
    } catch (error) {
      if (!this.#faulty.has(source)) {
        this.#faulty.add(source);
        this.#log.warn({ err: toWireError(error) }, '[metrics] a source failed and is left out');
      }
      return [];
    }
  }
}
