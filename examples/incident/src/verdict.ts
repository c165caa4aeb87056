/** Pure: whether the story went as told, and otherwise what was missing. */
import type { Act } from './acts.js';
import type { Facts } from './facts.js';
import type { Latencies } from './print.js';

/** What an act found out. */
export interface Played {
  readonly act: Act;
  readonly latencies: Latencies;
}

/**
 * How much later a frame may be than before: a call's jitter buffer bridges about as much. A machine that
 * has other work to do may be as late by itself; there, half of what it was until the confinement will do.
 */
const MOST_MORE_MS = 150;
const PART_OF_DURING = 0.5;

export function missing(
  played: readonly Played[],
  facts: Pick<Facts, 'of'>,
  failures: readonly string[],
): string[] {
  const found = played.flatMap(
    ({ act: { tenant }, latencies: { beforeMs, duringMs, afterMs } }) => {
      const lacks = (['detected', 'confined', 'released'] as const)
        .filter((kind) => facts.of(tenant, kind) === undefined)
        .map((kind) => `${tenant} was not ${kind}`);
      if (beforeMs === null || afterMs === null)
        return [...lacks, `nothing was measured of ${tenant}`];
      if (afterMs > Math.max(beforeMs + MOST_MORE_MS, PART_OF_DURING * (duringMs ?? 0))) {
        lacks.push(
          `the neighbours of ${tenant} had a p99 of ${afterMs.toFixed(1)} ms after it was confined, ` +
            `${beforeMs.toFixed(1)} ms before`,
        );
      }
      return lacks;
    },
  );
  return [...found, ...failures];
}
