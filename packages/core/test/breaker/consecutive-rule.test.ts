import { expect, test } from '@jest/globals';
import { ConsecutiveRule } from '../../src/breaker/consecutive-rule.js';

const rule = (): ConsecutiveRule => new ConsecutiveRule({ consecutiveFailures: 3 });

test('trips on as many failures in a row, with what it counted', () => {
  const three = rule();
  expect([three.record(true), three.record(true)]).toEqual([undefined, undefined]);
  expect(three.record(true)).toEqual({ failures: 3, samples: 3 });
});

test('begins again with a success', () => {
  const three = rule();
  for (const hasFailed of [true, true, false, true, true])
    expect(three.record(hasFailed)).toBeUndefined();
  expect(three.evidence()).toEqual({ failures: 2, samples: 2 });
});

test('begins again when it is cleared', () => {
  const three = rule();
  three.record(true);
  three.record(true);
  three.clear();
  expect(three.record(true)).toBeUndefined();
});
