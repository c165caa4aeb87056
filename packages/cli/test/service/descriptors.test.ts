import { expect, test } from '@jest/globals';
import { watchDescriptors } from '../../src/service/descriptors.js';
import { ManualClock } from '../fixtures/manual-clock.js';

const throwing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

test.each([
  ['enough', () => 57, () => 64, false],
  ['too few', () => 58, () => 64, true],
  ['no limit', () => 1_000_000, () => null, false],
  ['none left to look with', throwing('EMFILE'), () => 64, true],
  ['a system that does not tell', throwing('ENOENT'), throwing('ENOENT'), false],
])('%s', (_name, used, limit, isShort) => {
  expect(watchDescriptors(new ManualClock(), { used, limit })()).toBe(isShort);
});

test('what was seen holds for a second', async () => {
  const clock = new ManualClock();
  let used = 64;
  const isShort = watchDescriptors(clock, { used: () => used, limit: () => 64 });
  expect(isShort()).toBe(true);
  used = 1;
  await clock.advance(999);
  expect(isShort()).toBe(true);
  await clock.advance(1);
  expect(isShort()).toBe(false);
});
