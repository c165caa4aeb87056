/** CPU time of this thread, for code that holds its loop also where the machine has no time for it. */
import { readFileSync } from 'node:fs';

/** By the kernel, which lags by a tick; undefined where it does not say. */
function cpuMs(): number | undefined {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1_000_000;
  } catch {
    return undefined;
  }
}

/** Long beside what it takes to ask. */
const SHORTEST_PART_MS = 5;

/**
 * Milliseconds until this thread has had a core for so long. What it was kept from running is no block,
 * so that time alone would make blocks too short to count. Zero or at least five, so that it is asked
 * seldom: whoever looks for the line that blocks is to find another one than this.
 */
export function cpuBudget(ms: number): () => number {
  const [endMs, endCpuMs] = [performance.now() + ms, (cpuMs() ?? 0) + ms];
  return () => {
    const leftMs = Math.max(endMs - performance.now(), endCpuMs - (cpuMs() ?? Infinity));
    return leftMs <= 0 ? 0 : Math.max(SHORTEST_PART_MS, leftMs);
  };
}
