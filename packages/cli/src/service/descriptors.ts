/** Whether this process has descriptors left for connections and isolates, where the system tells. */
import { readFileSync, readdirSync } from 'node:fs';
import { codeOf, type Clock } from '@tenantry/core';
import { softLimits } from '../source/process-limits.js';

/** From this share of its limit on it should be sent nothing more. */
const SHORT_RATIO = 0.9;
/** Listing thousands of descriptors for every probe would cost more than it tells. */
const FRESH_FOR_MS = 1_000;

export interface DescriptorFiles {
  /** @throws EMFILE where there is not even one left to look with */
  used(): number;
  /** Null: no limit. */
  limit(): number | null;
}

const ofThisProcess: DescriptorFiles = {
  used: () => readdirSync('/proc/self/fd').length,
  limit: () => softLimits(readFileSync('/proc/self/limits', 'utf8')).get('Max open files') ?? null,
};

/** Answers whether this process is short of them. */
export function watchDescriptors(
  clock: Clock,
  files: DescriptorFiles = ofThisProcess,
): () => boolean {
  let held: { readonly isShort: boolean; readonly atMs: number } | undefined;
  return () => {
    const nowMs = clock.nowMs();
    if (held === undefined || nowMs - held.atMs >= FRESH_FOR_MS) {
      held = { isShort: isShort(files), atMs: nowMs };
    }
    return held.isShort;
  };
}

function isShort(files: DescriptorFiles): boolean {
  try {
    const limit = files.limit();
    const used = files.used();
    return limit !== null && used >= limit * SHORT_RATIO;
  } catch (error) {
    // Not every system has these files; that there is not one left to look with is told.
    return codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE';
  }
}
