import { describe, expect, test } from '@jest/globals';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatRatio,
  formatReasons,
  shortBytes,
  shortMs,
  shortPercent,
} from '../../src/view/format.js';

describe('format', () => {
  test.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1_048_575, '1.0 MiB'],
    [54_630_000, '52.1 MiB'],
    [104_805_172, '100 MiB'],
    [3 * 1_024 ** 3, '3.0 GiB'],
    [5_000 * 1_024 ** 4, '5000 TiB'],
    [null, '-'],
  ])('%p bytes are %p', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 m 00 s'],
    [245_000, '4 m 05 s'],
    [3_599_600, '1 h 00 m'],
    [11_520_000, '3 h 12 m'],
    [86_399_000, '1 d 00 h'],
    [187_200_000, '2 d 04 h'],
    [null, '-'],
  ])('%p ms are %p', (ms, text) => expect(formatMs(ms)).toBe(text));

  test.each([
    [7, '7'],
    [1_234, '1,234'],
    [12_345_678, '12,345,678'],
    [null, '-'],
  ])('a count of %p is %p', (count, text) => expect(formatCount(count)).toBe(text));

  test('a ratio is a percentage', () => {
    expect(formatRatio(0.125)).toBe('13 %');
    expect(formatRatio(null)).toBe('-');
  });

  test('reasons come largest first, those without a count not at all', () => {
    expect(formatReasons({ draining: 1, 'tenant-cap': 2_000, 'pool-cap': 0 })).toBe(
      'tenant-cap 2,000, draining 1',
    );
    expect(formatReasons({})).toBe('-');
  });

  test('narrow columns have no blanks, and units of one letter', () => {
    expect([512, 20_971_520, 3 * 1_024 ** 3, null].map(shortBytes)).toEqual([
      '512B',
      '20.0M',
      '3.0G',
      '-',
    ]);
    expect([320, 12_300, 245_000, null].map(shortMs)).toEqual(['320ms', '12.3s', '4m05s', '-']);
    expect([0, 0.034, 0.0994, 0.0996, 0.45, 1.8, null].map(shortPercent)).toEqual([
      '0',
      '3.4',
      '9.9',
      '10',
      '45',
      '180',
      '-',
    ]);
  });
});
