/**
 * What Linux says of the calling thread: the CPU time it has used and the time it was ready but had to
 * wait for a core, so that what the machine does beside is not counted. Figures may lag by a
 * scheduler tick. Zeros elsewhere.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const LONGEST_LINE_BYTES = 96;
const NS_PER_MS = 1_000_000;

const line = Buffer.alloc(LONGEST_LINE_BYTES);

export function ownTimes(): { readonly cpuMs: number; readonly waitedMs: number } {
  let file: number;
  try {
    file = openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return { cpuMs: 0, waitedMs: 0 };
  }
  const length = readSync(file, line, 0, LONGEST_LINE_BYTES, 0);
  closeSync(file);
  const [cpuNs, waitedNs] = line.toString('latin1', 0, length).split(' ');
  return { cpuMs: Number(cpuNs) / NS_PER_MS, waitedMs: Number(waitedNs) / NS_PER_MS };
}
