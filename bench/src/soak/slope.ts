/** Pure: whether a figure that was taken once a second stays where it is, or grows. */

export interface Slope {
  /** Median of what was measured after the warm-up. */
  readonly median: number;
  /** By how much it grows over what was measured after the warm-up; below zero: it shrinks. */
  readonly growth: number;
  readonly isFlat: boolean;
}

export interface Tolerance {
  /** Growth that is no growth, in the figure's own unit. */
  readonly absolute: number;
  /** The same as a share of the median; the larger of both counts. */
  readonly ratio: number;
}

export interface Point {
  readonly atS: number;
  readonly value: number;
}

/** Caches fill and code is compiled in this share of the time. */
const WARM_UP_RATIO = 1 / 3;
const FEWEST_POINTS = 10;

/**
 * Theil and Sen: the median of the slopes between all pairs of points. A quarter of them may be
 * outliers, such as a moment with one isolate more, and it does not move.
 */
export function theilSen(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, from] of points.entries()) {
    for (const to of points.slice(index + 1)) {
      if (to.atS > from.atS) slopes.push((to.value - from.value) / (to.atS - from.atS));
    }
  }
  return medianOf(slopes);
}

/** Undefined where there are too few points for a verdict. */
export function slopeOf(points: readonly Point[], tolerance: Tolerance): Slope | undefined {
  const lastS = points.at(-1)?.atS ?? 0;
  const firstS = points[0]?.atS ?? 0;
  const fromS = firstS + (lastS - firstS) * WARM_UP_RATIO;
  const measured = points.filter(({ atS }) => atS >= fromS);
  if (measured.length < FEWEST_POINTS) return undefined;
  const median = medianOf(measured.map(({ value }) => value));
  const growth = theilSen(measured) * (lastS - fromS);
  const allowed = Math.max(tolerance.absolute, tolerance.ratio * Math.abs(median));
  return { median, growth, isFlat: growth <= allowed };
}

function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
