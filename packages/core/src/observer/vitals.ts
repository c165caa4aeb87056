/**
 * The machine and the process once a second, for the last minute; measured on the observer's thread,
 * so that a blocked loop does not interrupt the record.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { processCpuMs } from '../attribution/cpu-meter.js';
import type { SystemFigures } from '../snapshot/figures.js';

const KEPT_SECONDS = 60;
const BYTES_PER_KB = 1_024;

interface Traffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export class Vitals {
  readonly #nowMs: () => number;
  readonly #cpuHistory: number[] = [];
  readonly #lagHistoryMs: number[] = [];
  #lastAtMs: number;
  #lastCpuMs = processCpuMs();
  #lastTraffic = readTraffic();
  #trafficPerS: Traffic | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#lastAtMs = nowMs();
  }

  get lagMs(): number {
    return this.#lagHistoryMs.at(-1) ?? 0;
  }

  /** Called once a second with the latest that the main loop has been since the last call. */
  tick(lagMs: number): void {
    const nowMs = this.#nowMs();
    const spanMs = Math.max(1, nowMs - this.#lastAtMs);
    const cpuMs = processCpuMs();
    keep(this.#cpuHistory, Math.max(0, cpuMs - this.#lastCpuMs) / spanMs);
    keep(this.#lagHistoryMs, lagMs);
    const traffic = readTraffic();
    if (traffic !== undefined && this.#lastTraffic !== undefined) {
      const last = this.#lastTraffic;
      const perS = (now: number, before: number): number =>
        (Math.max(0, now - before) * 1_000) / spanMs;
      this.#trafficPerS = {
        receivedBytes: perS(traffic.receivedBytes, last.receivedBytes),
        sentBytes: perS(traffic.sentBytes, last.sentBytes),
      };
    }
    this.#lastAtMs = nowMs;
    this.#lastCpuMs = cpuMs;
    this.#lastTraffic = traffic;
  }

  figures(): SystemFigures {
    const memory = readMemory();
    const [one = 0, five = 0, fifteen = 0] = os.loadavg();
    return {
      cpuRatio: this.#cpuHistory.at(-1) ?? 0,
      cpuHistory: [...this.#cpuHistory],
      loopLagHistoryMs: [...this.#lagHistoryMs],
      coreCount: os.availableParallelism(),
      load: [one, five, fifteen],
      memoryUsedBytes: memory.totalBytes - memory.availableBytes,
      memoryTotalBytes: memory.totalBytes,
      swapUsedBytes: memory.swapUsedBytes,
      swapTotalBytes: memory.swapTotalBytes,
      receivedBytesPerS: this.#trafficPerS?.receivedBytes ?? null,
      sentBytesPerS: this.#trafficPerS?.sentBytes ?? null,
    };
  }
}

function keep(history: number[], value: number): void {
  history.push(value);
  if (history.length > KEPT_SECONDS) history.shift();
}

interface Memory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly swapUsedBytes: number | null;
  readonly swapTotalBytes: number | null;
}

/** What a cgroup allows is less than what the machine has; that limit is not looked at here. */
function readMemory(): Memory {
  const fields = new Map<string, number>();
  for (const line of readLines('/proc/meminfo')) {
    const [name, value] = line.split(/:\s+/);
    if (name !== undefined && value !== undefined) fields.set(name, Number.parseInt(value, 10));
  }
  const bytes = (name: string): number | undefined => {
    const kilobytes = fields.get(name);
    return kilobytes === undefined ? undefined : kilobytes * BYTES_PER_KB;
  };
  const swapTotalBytes = bytes('SwapTotal') ?? null;
  return {
    totalBytes: bytes('MemTotal') ?? os.totalmem(),
    availableBytes: bytes('MemAvailable') ?? os.freemem(),
    swapUsedBytes: swapTotalBytes === null ? null : swapTotalBytes - (bytes('SwapFree') ?? 0),
    swapTotalBytes,
  };
}

/** All interfaces but loopback, since they came up. */
function readTraffic(): Traffic | undefined {
  const lines = readLines('/proc/net/dev').slice(2);
  if (lines.length === 0) return undefined;
  let receivedBytes = 0;
  let sentBytes = 0;
  for (const line of lines) {
    const [name, figures] = line.split(':');
    if (figures === undefined || name!.trim() === 'lo') continue;
    const columns = figures.trim().split(/\s+/).map(Number);
    receivedBytes += columns[0] ?? 0;
    sentBytes += columns[8] ?? 0;
  }
  return { receivedBytes, sentBytes };
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
}
