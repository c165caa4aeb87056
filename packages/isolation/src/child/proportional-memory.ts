/** The process's proportional share of memory: pages shared with others are divided among them. Linux. */
import { readFileSync } from 'node:fs';

const BYTES_PER_KB = 1_024;

/** Null where the kernel does not say. */
export function proportionalBytes(): number | null {
  try {
    const [, kilobytes] =
      /^Pss:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * BYTES_PER_KB;
  } catch {
    return null;
  }
}
