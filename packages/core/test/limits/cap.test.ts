import { describe, expect, test } from '@jest/globals';
import { Cap } from '../../src/limits/cap.js';

describe('a cap', () => {
  test('is full at its count, and has room again when one is given back', () => {
    const cap = new Cap(2);
    cap.take();
    expect(cap.isFull).toBe(false);
    cap.take();
    expect([cap.isFull, cap.heldCount]).toEqual([true, 2]);
    cap.give();
    expect([cap.isFull, cap.heldCount]).toEqual([false, 1]);
  });

  test('of 0 is always full', () => {
    expect(new Cap(0).isFull).toBe(true);
  });

  test('only counts where there is no limit', () => {
    const cap = new Cap(Number.POSITIVE_INFINITY);
    for (let index = 0; index < 10_000; index += 1) cap.take();
    expect([cap.heldCount, cap.isFull]).toEqual([10_000, false]);
  });
});
