/** Whether this process has descriptors left for connections and isolates, where the system tells. */
import { readFileSync, readdirSync } from 'node:fs';
import { codeOf, type Clock } from '@tenantry/core';
import type { NotReady } from '@tenantry/core/snapshot';

/** From this share of its limit on it should be sent nothing more. */
const SHORT_RATIO = 0.9;
/** Listing thousands of descriptors for every probe would cost more than it tells. */
const FRESH_FOR_MS = 1_000;

const LIMIT = /^Max open files\s+(\d+)/m;

export interface DescriptorFiles {
  /** @throws EMFILE where there is not even one left to look with */
  used(): number;
  /** Null: no limit. */
  limit(): number | null;
}

const ofThisProcess: DescriptorFiles = {
  used: () => readdirSync('/proc/self/fd').length,
  limit: () => {
    const limit = LIMIT.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? null : Number(limit);
  },
};

/** Answers what speaks against sending this process more: nothing, or that it is short of descriptors. */
export function watchDescriptors(
  clock: Clock,
  files: DescriptorFiles = ofThisProcess,
): () => readonly NotReady[] {
  let held: { readonly reasons: readonly NotReady[]; readonly atMs: number } | undefined;
  return () => {
    const nowMs = clock.nowMs();
    if (held === undefined || nowMs - held.atMs >= FRESH_FOR_MS) {
      held = { reasons: look(files), atMs: nowMs };
    }
    return held.reasons;
  };
}

function look(files: DescriptorFiles): NotReady[] {
  try {
    const limit = files.limit();
    const used = files.used();
    if (limit === null || used < limit * SHORT_RATIO) return [];
    return [{ reason: 'descriptors', detail: `${used} of ${limit} descriptors are used` }];
  } catch (error) {
    // Not every system has these files; one that has none left is told.
    const isOut = codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE';
    return isOut ? [{ reason: 'descriptors', detail: 'no descriptor is left' }] : [];
  }
}
