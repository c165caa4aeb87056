import { describe, expect, test } from '@jest/globals';
import { hasHeapOverride } from '../../src/supervisor/heap-override.js';

describe('the heap override of the whole process', () => {
  test.each([
    [['--max-old-space-size=4096'], '', true],
    [['--max_old_space_size', '4096'], '', true],
    [[], '--enable-source-maps --max-old-space-size=512', true],
    [['--expose-gc'], '--max-semi-space-size=64', false],
    [[], '', false],
  ])('of %j and %j is %s', (execArgv, nodeOptions, expected) => {
    expect(hasHeapOverride(execArgv, nodeOptions)).toBe(expected);
  });
});
