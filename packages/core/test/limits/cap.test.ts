import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Cap, takeAll, type Permit } from '../../src/limits/cap.js';

const isPermit = (taken: Permit | Cap): taken is Permit => !(taken instanceof Cap);

const free = (): Cap => new Cap(Number.POSITIVE_INFINITY);

describe('takeAll', () => {
  test('admits exactly 7 of 1,000 against a cap of 7', () => {
    const cap = new Cap(7);
    const taken = Array.from({ length: 1_000 }, () => takeAll(cap, free()));
    expect(taken.filter(isPermit)).toHaveLength(7);
    expect(cap.heldCount).toBe(7);
  });

  test('takes none where one of several is full, and says which', () => {
    const [wide, narrow, last] = [new Cap(9), new Cap(0), new Cap(0)];
    expect(takeAll(wide, narrow, last)).toBe(narrow);
    expect(takeAll(narrow, wide)).toBe(narrow);
    expect(takeAll(wide, free(), last)).toBe(last);
    expect(wide.heldCount).toBe(0);
  });

  test('gives a permit that is given back once however often it is released', () => {
    const cap = new Cap(2);
    const [first] = [takeAll(cap, free()), takeAll(cap, free())] as Permit[];
    first!.release();
    first!.release();
    expect(cap.heldCount).toBe(1);
    expect(isPermit(takeAll(cap, free()))).toBe(true);
    expect(isPermit(takeAll(cap, free()))).toBe(false);
  });

  test('only counts where there is no limit', () => {
    const cap = free();
    for (let index = 0; index < 10_000; index += 1) takeAll(cap, free());
    expect([cap.heldCount, cap.isFull]).toEqual([10_000, false]);
  });

  test('never overshoots and never leaks, in whatever order permits come and go', () => {
    const step = fc.record({ take: fc.boolean(), third: fc.boolean(), release: fc.nat() });
    fc.assert(
      fc.property(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)), fc.array(step), (limits, steps) => {
        const [first, second, last] = limits.map((limit) => new Cap(limit)) as [Cap, Cap, Cap];
        const held: Permit[] = [];
        for (const { take, third, release } of steps) {
          if (take) {
            const taken = third ? takeAll(first, second, last) : takeAll(first, second);
            if (isPermit(taken)) held.push(taken);
          } else held.splice(release % (held.length + 1), 1)[0]?.release();
          for (const cap of [first, second, last])
            expect(cap.heldCount).toBeLessThanOrEqual(cap.maxCount);
        }
        for (const permit of held) permit.release();
        expect([first, second, last].map((cap) => cap.heldCount)).toEqual([0, 0, 0]);
      }),
    );
  });
});
