import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Cap, takeAll, type Permit } from '../../src/limits/cap.js';

const isPermit = (taken: Permit | Cap): taken is Permit => !(taken instanceof Cap);

describe('takeAll', () => {
  test('admits exactly 7 of 1,000 against a cap of 7', () => {
    const cap = new Cap(7);
    const taken = Array.from({ length: 1_000 }, () => takeAll([cap]));
    expect(taken.filter(isPermit)).toHaveLength(7);
    expect(cap.heldCount).toBe(7);
  });

  test('takes none where one of several is full, and says which', () => {
    const [wide, narrow, last] = [new Cap(9), new Cap(0), new Cap(0)];
    expect(takeAll([wide, narrow, last])).toBe(narrow);
    expect(wide.heldCount).toBe(0);
  });

  test('gives a permit that is given back once however often it is released', () => {
    const cap = new Cap(2);
    const [first] = [takeAll([cap]), takeAll([cap])] as Permit[];
    first!.release();
    first!.release();
    expect(cap.heldCount).toBe(1);
    expect(isPermit(takeAll([cap]))).toBe(true);
    expect(isPermit(takeAll([cap]))).toBe(false);
  });

  test('only counts where there is no limit', () => {
    const cap = new Cap(Number.POSITIVE_INFINITY);
    for (let index = 0; index < 10_000; index += 1) takeAll([cap]);
    expect([cap.heldCount, cap.isFull]).toEqual([10_000, false]);
  });

  test('never overshoots and never leaks, in whatever order permits come and go', () => {
    const step = fc.record({ take: fc.boolean(), caps: fc.subarray([0, 1, 2]), release: fc.nat() });
    fc.assert(
      fc.property(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)), fc.array(step), (limits, steps) => {
        const caps = limits.map((limit) => new Cap(limit));
        const held: Permit[] = [];
        for (const { take, caps: chosen, release } of steps) {
          if (take) {
            const taken = takeAll(chosen.map((index) => caps[index]!));
            if (isPermit(taken)) held.push(taken);
          } else held.splice(release % (held.length + 1), 1)[0]?.release();
          for (const cap of caps) expect(cap.heldCount).toBeLessThanOrEqual(cap.maxCount);
        }
        for (const permit of held) permit.release();
        expect(caps.map((cap) => cap.heldCount)).toEqual([0, 0, 0]);
      }),
    );
  });
});
