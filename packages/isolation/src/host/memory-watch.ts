/**
 * The soft memory limit: asks from outside, every 20 ms, how much memory an isolate uses, and says so
 * once when it is too much. The hard limit behind it is many times higher because V8, when it gets
 * there first, may end the whole process (12 of 18 ways to fill a limited worker's heap do, on Node 20).
 */
import { every, type Clock } from '@tenantry/core/internal';

/** Fast enough that growth of a gigabyte a second overshoots by some twenty megabytes. */
const POLL_INTERVAL_MS = 20;
const BYTES_PER_MB = 1_048_576;

/** Bytes in use now, or undefined while they cannot be told. */
export type MemoryProbe = () => Promise<number | undefined> | number | undefined;

export interface MemoryWatch {
  stop(): void;
}

/** What is said before the limit, each time that memory comes near it. */
export interface SoftMemoryLimit {
  readonly softLimitRatio: number;
  readonly onNear: (usedMb: number) => void;
}

/** Memory that swings around the soft limit comes near it once, not at every look. */
const AWAY_RATIO = 0.9;

export function watchMemory(
  clock: Clock,
  probe: MemoryProbe,
  limitMb: number,
  onOver: (usedMb: number) => void,
  soft?: SoftMemoryLimit,
): MemoryWatch {
  const softMb = soft === undefined ? Infinity : limitMb * soft.softLimitRatio;
  let isNear = false;
  let asking = false;
  let stopped = false;
  const judge = (bytes: number | undefined): void => {
    asking = false;
    if (bytes === undefined || stopped) return;
    const usedMb = bytes / BYTES_PER_MB;
    if (usedMb <= limitMb) {
      if (usedMb < softMb * AWAY_RATIO) isNear = false;
      if (usedMb < softMb || isNear) return;
      isNear = true;
      soft?.onNear(usedMb);
      return;
    }
    timer.cancel();
    onOver(usedMb);
  };
  const timer = every(clock, POLL_INTERVAL_MS, () => {
    if (asking) return;
    asking = true;
    const answer = reading(probe);
    if (answer instanceof Promise) void answer.then(judge, () => judge(undefined));
    else judge(answer);
  });
  return {
    stop: () => {
      stopped = true;
      timer.cancel();
    },
  };
}

/** A probe that throws (no file descriptor left to read `/proc` with) cannot tell now. */
function reading(probe: MemoryProbe): ReturnType<MemoryProbe> {
  try {
    return probe();
  } catch {
    return undefined;
  }
}
