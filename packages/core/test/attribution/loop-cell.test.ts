import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LoopCell, beatPeriodMs } from '../../src/attribution/loop-cell.js';

const owner = { session: 's-1', tenant: 'acme', agent: 'support' };

describe('a loop cell', () => {
  test('shows the other side whose turn it is and since when', () => {
    const cell = new LoopCell(8);
    const other = new LoopCell(cell.buffer);
    cell.nameSlot(3, owner);
    cell.switched(3, 1_234.5);
    expect([other.slot, other.sinceMs, other.switches]).toEqual([3, 1_234.5, 1]);
    expect(other.nameOf(other.slot)).toEqual(owner);
  });

  test('counts every switch, also to the same slot', () => {
    const cell = new LoopCell(8);
    cell.switched(0, 1);
    cell.switched(0, 2);
    expect(cell.switches).toBe(2);
  });

  test('has room for the longest names that there are', () => {
    const longest = { session: 's'.repeat(36), tenant: 't'.repeat(128), agent: 'a'.repeat(64) };
    const cell = new LoopCell(3);
    cell.nameSlot(1, longest);
    cell.nameSlot(2, owner);
    expect(cell.nameOf(1)).toEqual(longest);
    expect(cell.nameOf(2)).toEqual(owner);
  });

  test('shows only the latest owner of a slot', () => {
    const cell = new LoopCell(8);
    cell.nameSlot(1, { session: 'long'.repeat(8), tenant: 'long'.repeat(8), agent: 'long' });
    cell.nameSlot(1, owner);
    expect(cell.nameOf(1)).toEqual(owner);
  });

  test('has no name for nobody, for a slot without one and for one beyond its records', () => {
    const cell = new LoopCell(4);
    cell.nameSlot(4, owner);
    for (const slot of [-1, 0, 1, 4, 4_000]) expect(cell.nameOf(slot)).toBeUndefined();
  });

  test('keeps the latest lag until it is taken', () => {
    const cell = new LoopCell(1);
    cell.beat(10, 30);
    cell.beat(20, 5);
    expect(cell.heapUsedBytes).toBe(20);
    expect([cell.takeLagMs(), cell.takeLagMs()]).toEqual([30, 0]);
  });

  test('carries names of any allowed spelling to the other side', () => {
    const letters = fc.constantFrom('a', 'b', 'Z', '0', '9', '_', '-');
    const spelt = (max: number): fc.Arbitrary<string> =>
      fc.string({ unit: letters, minLength: 1, maxLength: max });
    const named = fc.record({ session: spelt(36), tenant: spelt(128), agent: spelt(64) });
    fc.assert(
      fc.property(fc.array(named, { minLength: 1, maxLength: 20 }), (owners) => {
        const cell = new LoopCell(21);
        owners.forEach((each, at) => cell.nameSlot(at + 1, each));
        const other = new LoopCell(cell.buffer);
        owners.forEach((each, at) => expect(other.nameOf(at + 1)).toEqual(each));
      }),
    );
  });
});

describe('the beat of a loop', () => {
  test.each([
    [5, 2],
    [20, 8],
    [50, 20],
    [60_000, 20],
  ])('at a threshold of %i ms comes every %i ms', (thresholdMs, periodMs) => {
    expect(beatPeriodMs(thresholdMs)).toBe(periodMs);
  });
});
