import { describe, expect, test } from '@jest/globals';
import { canStep, step, type LifeState } from '../../src/host/isolate-state.js';

const STATES: readonly LifeState[] = [
  'starting',
  'ready',
  'draining',
  'stopping',
  'stuck',
  'stopped',
];

/** Every step that may happen; all others may not. */
const LEGAL: readonly (readonly [LifeState, LifeState])[] = [
  ['starting', 'ready'],
  ['starting', 'stopping'],
  ['ready', 'draining'],
  ['ready', 'stopping'],
  ['draining', 'stopping'],
  ['stopping', 'stopped'],
  ['stopping', 'stuck'],
  ['stuck', 'stopped'],
];

const isLegal = (from: LifeState, to: LifeState): boolean =>
  LEGAL.some(([a, b]) => a === from && b === to);

const PAIRS = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

describe('the life of an isolate', () => {
  test.each(PAIRS.filter(([from, to]) => isLegal(from, to)))('goes from %s to %s', (from, to) => {
    expect([canStep(from, to), step(from, to)]).toEqual([true, to]);
  });

  test.each(PAIRS.filter(([from, to]) => !isLegal(from, to)))(
    'does not go from %s to %s',
    (from, to) => {
      expect(canStep(from, to)).toBe(false);
      expect(() => step(from, to)).toThrow(
        expect.objectContaining({
          code: 'TENANTRY_INTERNAL',
          message: `an isolate cannot go from ${from} to ${to}`,
        }),
      );
    },
  );

  test('has no way out of its end', () => {
    expect(STATES.filter((to) => canStep('stopped', to))).toEqual([]);
  });
});
