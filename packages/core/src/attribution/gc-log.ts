/**
 * The garbage collector's latest long pauses on this thread, so that a pause is not taken for the code
 * it interrupted. Node tells of a pause a turn of the loop later; whoever asks has to wait that long.
 */
import { PerformanceObserver } from 'node:perf_hooks';

/** Shorter ones are part of running JavaScript. */
const SHORTEST_MS = 2;
const KEPT_MS = 10_000;

interface Pause {
  readonly startMs: number;
  readonly endMs: number;
}

/** Every collection since the log began. */
export interface GcFigures {
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
  /** Pauses of the last 10 s that are worth telling, oldest first, on `performance.now()`. */
  readonly recent: readonly Pause[];
}

export class GcLog {
  #pauses: Pause[] = [];
  #count = 0;
  #totalMs = 0;
  #longestMs = 0;
  readonly #observer: PerformanceObserver;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        this.#count += 1;
        this.#totalMs += duration;
        this.#longestMs = Math.max(this.#longestMs, duration);
        if (duration < SHORTEST_MS) continue;
        this.#pauses.push({ startMs: startTime, endMs: startTime + duration });
      }
      const oldestMs = performance.now() - KEPT_MS;
      if (this.#pauses[0] !== undefined && this.#pauses[0].endMs < oldestMs) {
        this.#pauses = this.#pauses.filter(({ endMs }) => endMs >= oldestMs);
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  get figures(): GcFigures {
    const [count, totalMs, longestMs] = [this.#count, this.#totalMs, this.#longestMs];
    return { count, totalMs, longestMs, recent: [...this.#pauses] };
  }

  /** How much of a stretch of this thread's time, on `performance.now()`, was collection. */
  pausedMs(startMs: number, endMs: number): number {
    let sumMs = 0;
    for (const pause of this.#pauses) {
      sumMs += Math.max(0, Math.min(endMs, pause.endMs) - Math.max(startMs, pause.startMs));
    }
    return sumMs;
  }

  close(): void {
    this.#observer.disconnect();
  }
}
