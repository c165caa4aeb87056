import { describe, expect, test } from '@jest/globals';
import { fitColumns } from '../../src/view/column.js';

const columns = [{ rank: 1, minWidth: 5 }, { rank: 3 }, { rank: 2 }];

describe('fitColumns', () => {
  test('keeps all columns at their widths where they fit exactly', () => {
    expect(fitColumns(columns, [10, 4, 4], 28)).toEqual({ kept: [0, 1, 2], widths: [10, 4, 4] });
  });

  test('cuts an elastic column before it leaves one out', () => {
    expect(fitColumns(columns, [10, 4, 4], 25)).toEqual({ kept: [0, 1, 2], widths: [7, 4, 4] });
  });

  test('leaves out the column of the highest rank first', () => {
    expect(fitColumns(columns, [10, 4, 4], 22)).toEqual({ kept: [0, 2], widths: [10, 4] });
  });

  test('keeps the most important column whatever the width', () => {
    expect(fitColumns(columns, [10, 4, 4], 6)).toEqual({ kept: [0], widths: [2] });
    expect(fitColumns(columns, [10, 4, 4], 1)).toEqual({ kept: [0], widths: [1] });
  });

  test('an elastic column that is short is no wider than its text', () => {
    expect(fitColumns(columns, [3, 4, 4], 40)).toEqual({ kept: [0, 1, 2], widths: [3, 4, 4] });
  });
});
