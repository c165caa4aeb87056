import { describe, expect, test } from '@jest/globals';
import { BlockBook } from '../../src/observer/block-book.js';

const place = { function: 'chargeCard', file: 'agents/billing.js', line: 42 };

describe('a book of blocks', () => {
  test('that is empty says that there was none', () => {
    expect(new BlockBook().figure(5_000)).toEqual({
      count: 0,
      totalMs: 0,
      longestMs: 0,
      lastPlace: null,
      lastAgoMs: null,
      minute: [0, 0, 0, 0, 0],
    });
  });

  test('counts each length in its bucket, bounds included', () => {
    const book = new BlockBook();
    for (const ms of [51, 100, 100.5, 200, 201, 500, 501, 1_000, 1_001, 60_000]) {
      book.add(ms, null, 1_000);
    }
    expect(book.figure(1_000).minute).toEqual([2, 2, 2, 2, 2]);
  });

  test('knows the longest, the sum, the last place and how long ago it was', () => {
    const book = new BlockBook();
    book.add(320, null, 1_000);
    book.add(80, place, 2_000);
    expect(book.figure(2_500)).toMatchObject({
      count: 2,
      totalMs: 400,
      longestMs: 320,
      lastPlace: place,
      lastAgoMs: 500,
    });
  });

  test('forgets lengths after a minute and keeps the totals for ever', () => {
    const book = new BlockBook();
    book.add(80, place, 1_000);
    book.add(600, place, 31_000);
    expect(book.figure(60_999).minute).toEqual([1, 0, 0, 1, 0]);
    expect(book.figure(61_000).minute).toEqual([0, 0, 0, 1, 0]);
    const late = book.figure(3_600_000);
    expect(late.minute).toEqual([0, 0, 0, 0, 0]);
    expect([late.count, late.totalMs, late.longestMs]).toEqual([2, 680, 600]);
  });

  test('forgets also when nobody but new blocks look', () => {
    const book = new BlockBook();
    book.add(80, null, 0);
    book.add(80, null, 90_000);
    expect(book.figure(90_000).minute).toEqual([1, 0, 0, 0, 0]);
  });
});
