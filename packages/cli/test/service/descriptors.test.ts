import { expect, test } from '@jest/globals';
import { watchDescriptors } from '../../src/service/descriptors.js';
import { ManualClock } from '../fixtures/manual-clock.js';

const throwing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

test.each([
  ['enough', () => 57, () => 64, []],
  ['too few', () => 58, () => 64, ['58 of 64 descriptors are used']],
  ['no limit', () => 1_000_000, () => null, []],
  ['none left to look with', throwing('EMFILE'), () => 64, ['no descriptor is left']],
  ['a system that does not tell', throwing('ENOENT'), throwing('ENOENT'), []],
])('%s', (_name, used, limit, details) => {
  const reasons = watchDescriptors(new ManualClock(), { used, limit })();
  expect(reasons.map(({ detail }) => detail)).toEqual(details);
});

test('what was seen holds for a second', async () => {
  const clock = new ManualClock();
  let used = 64;
  const reasons = watchDescriptors(clock, { used: () => used, limit: () => 64 });
  expect(reasons()).toHaveLength(1);
  used = 1;
  await clock.advance(999);
  expect(reasons()).toHaveLength(1);
  await clock.advance(1);
  expect(reasons()).toEqual([]);
});
