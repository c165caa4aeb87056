/** When the story went as told, and what is said to be missing otherwise. */
import { describe, expect, test } from '@jest/globals';
import { ACTS } from '../src/acts.js';
import type { Fact, FactKind } from '../src/fact.js';
import type { Latencies } from '../src/print.js';
import { missing } from '../src/verdict.js';

const [ACT] = ACTS;
const GOOD = { beforeMs: 2, duringMs: 200, afterMs: 3 };
const facts = (...kinds: FactKind[]) => ({
  of: (_tenant: string, kind: FactKind) =>
    kinds.includes(kind) ? ({ kind, atMs: 0 } as Fact) : undefined,
});
const all = facts('detected', 'confined', 'released');
const played = (latencies: Latencies) => [{ act: ACT!, latencies }];

describe('missing', () => {
  test('is nothing when everybody was detected, confined and released', () => {
    expect(missing(played(GOOD), all, [])).toEqual([]);
  });

  test.each(['detected', 'confined', 'released'] as const)('names who was not %s', (kind) => {
    const others = (['detected', 'confined', 'released'] as const).filter((each) => each !== kind);
    expect(missing(played(GOOD), facts(...others), [])).toEqual([`hooli was not ${kind}`]);
  });

  test('names a failed call of a neighbour', () => {
    expect(missing(played(GOOD), all, ['a frame was lost'])).toEqual(['a frame was lost']);
  });

  test('names neighbours that are much later after the confinement than before the offence', () => {
    expect(missing(played({ ...GOOD, afterMs: 153 }), all, [])).toEqual([
      'the neighbours of hooli had a p99 of 153.0 ms after it was confined, 2.0 ms before',
    ]);
    expect(missing(played({ ...GOOD, afterMs: 151 }), all, [])).toEqual([]);
    expect(missing(played({ ...GOOD, duringMs: 400, afterMs: 199 }), all, [])).toEqual([]);
  });

  test('does not take a missing measurement for a good one', () => {
    const nothing = { beforeMs: 2, duringMs: null, afterMs: null };
    expect(missing(played(nothing), all, [])).toEqual(['nothing was measured of hooli']);
  });
});
