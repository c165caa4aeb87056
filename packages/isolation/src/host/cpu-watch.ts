/**
 * The CPU limit of an isolate: asks the kernel from outside, so that a loop that never gives control
 * back is seen as well, and says once that the limit is near and once that it is passed. What that
 * means for sessions is left to the isolate.
 */
import { readFileSync } from 'node:fs';
import { every, ThreadClock, type Clock } from '@tenantry/core/internal';
import type { Pressure } from '../wire/messages.js';

/** A core uses a tenth of a second between two looks: limits are in seconds. */
const POLL_INTERVAL_MS = 100;
/** USER_HZ, the unit of /proc: 100 on every architecture that Node runs on (man 5 proc_pid_stat). */
const MS_PER_TICK = 10;
/** Fields 14 and 15 of the line, counted from behind the name, which may hold anything. */
const TICK_FIELDS = [11, 12] as const;

/** CPU time used so far; undefined where the kernel does not say. */
export interface CpuReader {
  readMs(): number | undefined;
  close(): void;
}

export function threadCpu(kernelThreadId: number): CpuReader {
  const clock = new ThreadClock(kernelThreadId);
  return { readMs: () => clock.read()?.cpuMs, close: () => clock.close() };
}

/** Of all threads of a child, its supervising one included. */
export function childCpu(pid: number): CpuReader {
  return { readMs: () => childCpuMs(pid), close: () => {} };
}

export function childCpuMs(pid: number): number | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const ticks = TICK_FIELDS.reduce((sum, field) => sum + Number(fields[field]), 0);
    return Number.isFinite(ticks) ? ticks * MS_PER_TICK : undefined;
  } catch {
    return undefined;
  }
}

export interface CpuLimit {
  readonly limitSeconds: number;
  readonly softLimitRatio: number;
  readonly onNear: (pressure: Pressure) => void;
  readonly onOver: (detail: string) => void;
}

export interface CpuWatch {
  stop(): void;
}

/** Counts from now on. Undefined where nothing can be read. */
export function watchCpu(clock: Clock, reader: CpuReader, limit: CpuLimit): CpuWatch | undefined {
  const { limitSeconds, softLimitRatio } = limit;
  const baseMs = reader.readMs();
  if (baseMs === undefined) {
    reader.close();
    return undefined;
  }
  let isNear = false;
  const stop = (): void => {
    timer.cancel();
    reader.close();
  };
  const timer = every(clock, POLL_INTERVAL_MS, () => {
    const nowMs = reader.readMs();
    if (nowMs === undefined) return;
    const used = (nowMs - baseMs) / 1_000;
    const detail = `${used.toFixed(2)} s of CPU time used, the limit is ${limitSeconds} s`;
    if (used > limitSeconds) {
      stop();
      limit.onOver(detail);
    } else if (!isNear && used >= limitSeconds * softLimitRatio) {
      isNear = true;
      limit.onNear({ reason: 'cpu-limit', used, limit: limitSeconds, detail });
    }
  });
  return { stop };
}
