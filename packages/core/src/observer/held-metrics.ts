/**
 * The metrics and the health of one pool, as the observer thread answers them: from what the main
 * thread has just said, or from what it said last and how long ago that was.
 */
import { healthOf, type HealthFacts, type PoolHealth } from '../exposition/health.js';
import type { MetricsFormat } from '../exposition/metrics-format.js';
import type { MetricsSummary } from '../exposition/metrics-summary.js';
import { metricsText, type MetricsText } from '../exposition/metrics-text.js';
import type { InspectorRequest } from '../inspector/inspector-protocol.js';
import type { AskedInTime } from './asked-in-time.js';

interface HeldProcess {
  nowMs(): number;
  mainLagMs(): number;
  mainHeldMs(): number;
  /** Resolves with the main thread's answer, however long it takes. */
  ask(request: InspectorRequest): Promise<unknown>;
}

const NOT_OPEN: HealthFacts = { state: 'created', isOverMemory: false, isSystemic: false };

export class HeldMetrics {
  readonly #process: HeldProcess;
  readonly #asked: AskedInTime;
  #held: { readonly summary: MetricsSummary; readonly atMs: number } | undefined;

  constructor(observed: HeldProcess, asked: AskedInTime) {
    this.#process = observed;
    this.#asked = asked;
  }

  hold(summary: MetricsSummary): void {
    this.#held = { summary, atMs: this.#process.nowMs() };
  }

  /** What is held, as text; undefined where nothing is. */
  text(format: MetricsFormat): MetricsText | undefined {
    if (this.#held === undefined) return undefined;
    const { summary, atMs } = this.#held;
    const view = {
      heldForMs: Math.max(0, this.#process.nowMs() - atMs),
      mainLagMs: this.#process.mainLagMs(),
      loopHeldMs: this.#process.mainHeldMs(),
    };
    return metricsText(summary, view, format);
  }

  /**
   * As fresh as the main thread allows; the first time it is waited for.
   * @throws TENANTRY_POOL_CLOSED
   */
  async fresh(format: MetricsFormat): Promise<MetricsText> {
    const request = { command: 'metrics', format } as const;
    if (this.#held === undefined) await this.#process.ask(request);
    else await this.#asked.ask(request);
    return this.text(format)!;
  }

  async health(): Promise<PoolHealth> {
    const answered = (await this.#asked.ask({ command: 'health' })) as HealthFacts | undefined;
    const loopHeldMs = this.#process.mainHeldMs();
    if (answered !== undefined) return healthOf(answered, { heldForMs: 0, loopHeldMs });
    const heldForMs = this.#held === undefined ? 0 : this.#process.nowMs() - this.#held.atMs;
    return healthOf(this.#held?.summary.health ?? NOT_OPEN, { heldForMs, loopHeldMs });
  }
}
