import { describe, expect, test } from '@jest/globals';
import { Watermark, WatermarkOptions } from '../../src/limits/watermark.js';

const said = (mark: Watermark, ...readings: number[]): (string | undefined)[] =>
  readings.map((mb) => mark.read(mb));

describe('a watermark', () => {
  test('warns once per crossing upwards and is armed again below', () => {
    const mark = new Watermark({ warnMb: 100 });
    expect(said(mark, 99, 100, 120, 149, 100, 99, 100)).toEqual([
      undefined,
      'warn',
      undefined,
      undefined,
      undefined,
      undefined,
      'warn',
    ]);
  });

  test('warns again for each further 50 MB, counted from its last warning', () => {
    const mark = new Watermark({ warnMb: 100 });
    expect(said(mark, 110, 159, 160, 209, 400, 449, 450, 120, 450)).toEqual([
      'warn',
      undefined,
      'warn',
      undefined,
      'warn',
      undefined,
      'warn',
      undefined,
      undefined,
    ]);
  });

  test('says the limit once and for all, also where both are crossed at once', () => {
    const mark = new Watermark({ warnMb: 100, limitMb: 200 });
    expect(said(mark, 250, 260, 50, 250)).toEqual(['limit', undefined, undefined, 'warn']);
    expect(said(new Watermark({ limitMb: 200 }), 199, 200, 900)).toEqual([
      undefined,
      'limit',
      undefined,
    ]);
  });

  test('without numbers says nothing', () => {
    expect(said(new Watermark({}), 1, 1_000_000)).toEqual([undefined, undefined]);
  });

  test('may warn at its limit, and not above it', () => {
    expect(WatermarkOptions.safeParse({ warnMb: 100, limitMb: 100 }).success).toBe(true);
    const above = WatermarkOptions.safeParse({ warnMb: 101, limitMb: 100 });
    expect(above.error?.issues[0]?.message).toBe('warnMb is above limitMb');
    expect(WatermarkOptions.safeParse({ warnMb: 0 }).success).toBe(false);
    expect(WatermarkOptions.safeParse({ limitMB: 1 }).success).toBe(false);
  });
});
