/**
 * Counts over a pool's life that no row of a snapshot keeps: what happened, by its kind, and how long
 * sessions and blocks were. They outlive the isolates they are about.
 */
import { SecondsHistogram } from './histogram.js';
import type { HistogramSample, MetricSample } from './metric-family.js';

/** From a question answered at once to a call that lasts a working day. */
const SESSION_BOUNDS_S = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
/** From the usual threshold of a block up. */
const BLOCK_BOUNDS_S = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const BLOCK_CAUSES = ['session', 'host', 'gc'] as const;

/** As it travels. */
export interface CountFigures {
  readonly events: readonly MetricSample[];
  readonly isolatesEnded: readonly MetricSample[];
  readonly sessionDurations: HistogramSample;
  readonly blockDurations: readonly HistogramSample[];
}

export class PoolCounts {
  readonly #events = new Map<string, number>();
  /** By rung and reason. */
  readonly #isolatesEnded = new Map<string, Map<string, number>>();
  readonly #sessions = new SecondsHistogram(SESSION_BOUNDS_S);
  readonly #blocks = BLOCK_CAUSES.map((cause) => ({
    cause,
    lengths: new SecondsHistogram(BLOCK_BOUNDS_S),
  }));

  event(kind: string): void {
    addTo(this.#events, kind);
  }

  isolateEnded(rung: string, reason: string): void {
    let ofRung = this.#isolatesEnded.get(rung);
    if (ofRung === undefined) this.#isolatesEnded.set(rung, (ofRung = new Map()));
    addTo(ofRung, reason);
  }

  sessionEnded(durationMs: number): void {
    this.#sessions.add(durationMs);
  }

  /** One that is over. */
  blocked(cause: (typeof BLOCK_CAUSES)[number], durationMs: number): void {
    this.#blocks.find((each) => each.cause === cause)?.lengths.add(durationMs);
  }

  figures(): CountFigures {
    return {
      events: [...this.#events].map(([event, value]) => ({ labels: { event }, value })),
      isolatesEnded: [...this.#isolatesEnded].flatMap(([rung, reasons]) =>
        [...reasons].map(([reason, value]) => ({ labels: { rung, reason }, value })),
      ),
      sessionDurations: this.#sessions.sample(),
      blockDurations: this.#blocks.map(({ cause, lengths }) => lengths.sample({ cause })),
    };
  }
}

function addTo(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
