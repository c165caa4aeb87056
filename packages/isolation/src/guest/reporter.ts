/** Measures the guest from inside: its figures at each report, a sign of life at each beat. */
import {
  CpuMeter,
  ThreadClock,
  kernelThreadId,
  ownThreadCpuMs,
  type LoopCell,
  type PlaceFigures,
  processMemory,
} from '@tenantry/core/internal';
import { BEAT_INTERVAL_MS, type BeatCell } from '../wire/beat-cell.js';

export class Reporter {
  readonly #turns: LoopCell | undefined;
  readonly #clock = new ThreadClock(kernelThreadId());
  readonly #cpu: CpuMeter | undefined;
  #lastUtilization = performance.eventLoopUtilization();

  /** With the cell where the guest's turns are published, where they are measured. */
  constructor(turns: LoopCell | undefined) {
    this.#turns = turns;
    this.#cpu = turns === undefined ? undefined : new CpuMeter(() => ownThreadCpuMs(this.#clock));
  }

  /** Beats as long as the loop turns. */
  start(cell: BeatCell): void {
    cell.writeThreadId(kernelThreadId());
    const beat = (): void => {
      const { heapUsed, external } = processMemory();
      cell.write(heapUsed, external);
    };
    beat();
    setInterval(beat, BEAT_INTERVAL_MS).unref();
  }

  figures(): PlaceFigures {
    const memory = processMemory();
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#lastUtilization);
    this.#lastUtilization = now;
    return {
      // A thread's RSS is its whole process's; whoever supervises the process knows it.
      rssBytes: null,
      pssBytes: null,
      heapUsedBytes: memory.heapUsed,
      externalBytes: memory.external,
      eluRatio: Number.isFinite(utilization) ? utilization : 0,
      ...(this.#cpu?.read() ?? {
        cpuMs: ownThreadCpuMs(this.#clock),
        cpuNowRatio: null,
        cpuMinuteRatio: null,
      }),
      loopLagMs: this.#turns?.takeLagMs() ?? null,
    };
  }
}
