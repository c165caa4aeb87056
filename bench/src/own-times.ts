/**
 * What Linux says of the calling thread: how long it was ready but had to wait for a core, so that what
 * the machine does beside is not counted. Zero elsewhere.
 */
import { openSync, readSync } from 'node:fs';

const LONGEST_LINE_BYTES = 96;
const NS_PER_MS = 1_000_000;

const line = Buffer.alloc(LONGEST_LINE_BYTES);
/** One for each thread that loads this, open for as long as that lives. */
let file: number | undefined;

export function ownTimes(): { readonly waitedMs: number } {
  try {
    file ??= openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return { waitedMs: 0 };
  }
  const length = readSync(file, line, 0, LONGEST_LINE_BYTES, 0);
  const [, waitedNs] = line.toString('latin1', 0, length).split(' ');
  return { waitedMs: Number(waitedNs) / NS_PER_MS };
}
