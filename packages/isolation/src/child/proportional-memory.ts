/**
 * The process's proportional share of memory: pages shared with others are divided among them. Linux.
 * Reading it holds the lock of the process's memory map for milliseconds, in which the tenant's thread
 * may have to wait to get or give back memory: it is read seldom.
 */
import { readFileSync } from 'node:fs';

const BYTES_PER_KB = 1_024;
const REREAD_AFTER_MS = 10_000;

let lastBytes: number | null = null;
let lastAtMs = Number.NEGATIVE_INFINITY;

/** As of ten seconds ago at most; null where the kernel does not say. */
export function proportionalBytes(): number | null {
  const nowMs = performance.now();
  if (nowMs - lastAtMs < REREAD_AFTER_MS) return lastBytes;
  lastAtMs = nowMs;
  lastBytes = read();
  return lastBytes;
}

function read(): number | null {
  try {
    const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(rollup) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * BYTES_PER_KB;
  } catch {
    return null;
  }
}
