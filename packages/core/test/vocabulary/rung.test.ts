import { expect, test } from '@jest/globals';
import { RUNGS, compareRungs, rungAbove, rungBelow } from '../../src/vocabulary/rung.js';

test('rungs go up and down one at a time and end at both ends', () => {
  expect(RUNGS.map(rungAbove)).toEqual(['thread', 'process', 'quarantined', 'quarantined']);
  expect(RUNGS.map(rungBelow)).toEqual(['coroutine', 'coroutine', 'thread', 'process']);
});

test('rungs are compared by their height', () => {
  expect([...RUNGS].reverse().sort(compareRungs)).toEqual(RUNGS);
  expect(compareRungs('thread', 'thread')).toBe(0);
});
