/** CPU time of a thread or a process over the last second and minute, from a counter that only grows. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { runAsNobody } from './turn-scope.js';
import { TICK_MS, UsageWindows } from './usage-windows.js';

export interface CpuReading {
  readonly cpuMs: number | null;
  readonly cpuNowRatio: number | null;
  readonly cpuMinuteRatio: number | null;
}

export class CpuMeter {
  readonly #readMs: () => number | null;
  readonly #windows = new UsageWindows(performance.now());
  readonly #timer: NodeJS.Timeout;
  #lastMs: number | null;

  constructor(readMs: () => number | null) {
    this.#readMs = readMs;
    this.#lastMs = readMs();
    this.#windows.begin(0, performance.now());
    this.#timer = runAsNobody(() => setInterval(() => this.#tick(), TICK_MS).unref());
  }

  read(): CpuReading {
    const cpuMs = this.#add();
    if (cpuMs === null) return { cpuMs, cpuNowRatio: null, cpuMinuteRatio: null };
    const { nowRatio, minuteRatio } = this.#windows.usage(0, performance.now());
    return { cpuMs, cpuNowRatio: nowRatio, cpuMinuteRatio: minuteRatio };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#add();
    this.#windows.tick(performance.now());
  }

  #add(): number | null {
    const nowMs = this.#readMs();
    if (nowMs !== null && this.#lastMs !== null) this.#windows.add(0, nowMs - this.#lastMs, 0);
    this.#lastMs = nowMs;
    return nowMs;
  }
}

/** CPU time of the whole process, user and system. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
