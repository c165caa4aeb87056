/** The verdict of the soak on a figure: growth is found, noise and outliers are none. */
import { expect, test } from '@jest/globals';
import { mulberry32 } from '../../src/blame/plan.js';
import { slopeOf, theilSen, type Point } from '../../src/soak/slope.js';

const TOLERANCE = { absolute: 5, ratio: 0.1 };
const SECONDS = 300;

const series = (valueAt: (atS: number) => number): Point[] =>
  Array.from({ length: SECONDS }, (_, atS) => ({ atS, value: valueAt(atS) }));

test('noise, a warm-up and outliers are flat', () => {
  const random = mulberry32(7);
  const noisy = series((atS) => {
    if (random() < 0.2) return 1_000;
    return 100 + 10 * random() + (atS < SECONDS / 4 ? atS - SECONDS / 4 : 0);
  });
  const { isFlat, median } = slopeOf(noisy, TOLERANCE)!;
  expect(isFlat).toBe(true);
  expect(median).toBeGreaterThan(95);
  expect(median).toBeLessThan(115);
});

test('a slow leak under the same noise is none', () => {
  const random = mulberry32(7);
  const leak = series((atS) => (random() < 0.2 ? 1_000 : 100 + 10 * random() + atS / 10));
  const { isFlat, growth } = slopeOf(leak, TOLERANCE)!;
  expect(isFlat).toBe(false);
  // Two thirds of 300 s at 0.1 a second.
  expect(growth).toBeGreaterThan(12);
  expect(growth).toBeLessThan(35);
});

test('what shrinks has not grown, and too few points are no verdict', () => {
  expect(
    slopeOf(
      series((atS) => 1_000 - atS),
      TOLERANCE,
    ),
  ).toMatchObject({ isFlat: true });
  expect(slopeOf(series(() => 1).slice(0, 9), TOLERANCE)).toBeUndefined();
  expect(theilSen([])).toBe(0);
});
