/** Measures the guest from inside: its figures at each report, a sign of life at each beat. */
import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import type { PlaceFigures } from '@tenantry/core/internal';
import { BEAT_INTERVAL_MS, type BeatCell } from '../wire/beat-cell.js';

const NS_PER_MS = 1_000_000;

export class Reporter {
  #lastUtilization = performance.eventLoopUtilization();

  /** Beats as long as the loop turns. */
  start(cell: BeatCell): void {
    cell.writeThreadId(kernelThreadId());
    const beat = (): void => {
      const { heapUsed, external } = process.memoryUsage();
      cell.write(heapUsed, external);
    };
    beat();
    setInterval(beat, BEAT_INTERVAL_MS).unref();
  }

  figures(): PlaceFigures {
    const memory = process.memoryUsage();
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
      cpuMs: threadCpuMs(),
      cpuNowRatio: null,
      cpuMinuteRatio: null,
      loopLagMs: null,
    };
  }
}

/** Linux tells a thread its own id as the target of a link: `<pid>/task/<tid>`. */
function kernelThreadId(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1)) || 0;
  } catch {
    return 0;
  }
}

/** CPU time of this thread. Node 20 cannot say; the kernel's scheduler statistics can, in ns. */
function threadCpuMs(): number | null {
  const own = (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage;
  if (own !== undefined) {
    const { user, system } = own.call(process);
    return (user + system) / 1_000;
  }
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / NS_PER_MS;
  } catch {
    return null;
  }
}
