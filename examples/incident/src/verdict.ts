/** Pure: whether the story went as told, and otherwise what was missing. */
import type { Act } from './acts.js';
import type { Facts } from './facts.js';
import type { Latencies } from './print.js';

/** What an act found out. */
export interface Played {
  readonly act: Act;
  readonly latencies: Latencies;
}

/** After a confinement, neighbours may be this much slower than before; the rest is other people's load. */
const MOST_TIMES = 2;
const MOST_MORE_MS = 10;

export function missing(
  played: readonly Played[],
  facts: Pick<Facts, 'of'>,
  failures: readonly string[],
): string[] {
  const found = played.flatMap(({ act: { tenant }, latencies: { beforeMs, afterMs } }) => {
    const lacks = (['detected', 'confined', 'released'] as const)
      .filter((kind) => facts.of(tenant, kind) === undefined)
      .map((kind) => `${tenant} was not ${kind}`);
    if (beforeMs === null || afterMs === null) return [...lacks, `nothing was measured of ${tenant}`];
    if (afterMs > Math.max(MOST_TIMES * beforeMs, beforeMs + MOST_MORE_MS)) {
      lacks.push(
        `the neighbours of ${tenant} had a p99 of ${afterMs.toFixed(1)} ms after it was confined, ` +
          `${beforeMs.toFixed(1)} ms before`,
      );
    }
    return lacks;
  });
  return [...found, ...failures];
}
