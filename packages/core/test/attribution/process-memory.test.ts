import { expect, test } from '@jest/globals';
import { processMemory, processRssBytes } from '../../src/attribution/process-memory.js';

const noDescriptor = (): never => {
  throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
};

test('where nothing can be read, the reading before stands', () => {
  const memory = processMemory();
  expect(memory.rss).toBeGreaterThan(0);
  expect(processMemory(noDescriptor)).toEqual(memory);
  expect(processRssBytes(() => 42)).toBe(42);
  expect(processRssBytes(noDescriptor)).toBe(42);
  expect(processMemory(noDescriptor)).toEqual({ ...memory, rss: 42 });
});
