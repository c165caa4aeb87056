/** Reads from outside what an isolate has used and holds, also while it is stuck. */
import { readFileSync } from 'node:fs';
import type { BeatCell } from '../wire/beat-cell.js';
import type { IsolateUse } from '../wire/messages.js';
import { childCpuMs, threadCpu } from './cpu-watch.js';

const BYTES_PER_KB = 1_024;

/** Its memory as of its last beat. */
export function threadUse(cell: BeatCell): IsolateUse {
  const reader = threadCpu(cell.kernelThreadId);
  const cpuMs = reader.readMs() ?? null;
  reader.close();
  const memoryBytes = cell.heapUsedBytes + cell.externalBytes;
  return { cpuMs, memoryBytes: memoryBytes === 0 ? null : memoryBytes };
}

/** Of the whole process. */
export function childUse(pid: number | undefined): IsolateUse {
  if (pid === undefined) return { cpuMs: null, memoryBytes: null };
  return { cpuMs: childCpuMs(pid) ?? null, memoryBytes: residentBytes(pid) };
}

/** Null for one that is gone, or where there is no /proc. */
function residentBytes(pid: number): number | null {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return line === null ? null : Number(line[1]) * BYTES_PER_KB;
  } catch {
    return null;
  }
}
