/**
 * Memory of this process. It is read from a file, so where no descriptor is left there is no reading,
 * and Node throws: the one before stands then, as running out of descriptors is no reason to end.
 */
import process from 'node:process';

let latest: NodeJS.MemoryUsage = {
  rss: 0,
  heapTotal: 0,
  heapUsed: 0,
  external: 0,
  arrayBuffers: 0,
};

/** `read` is replaced in tests. */
export function processMemory(
  read: () => NodeJS.MemoryUsage = () => process.memoryUsage(),
): NodeJS.MemoryUsage {
  try {
    latest = read();
  } catch {
    // As it was.
  }
  return latest;
}

/** Its resident memory alone, which costs less to ask. */
export function processRssBytes(read: () => number = () => process.memoryUsage.rss()): number {
  try {
    latest = { ...latest, rss: read() };
  } catch {
    // As it was.
  }
  return latest.rss;
}
