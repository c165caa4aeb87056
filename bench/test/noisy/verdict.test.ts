/** From latencies and moments to the figures of a run. */
import { describe, expect, test } from '@jest/globals';
import { CALLS } from '../../src/noisy/plan.js';
import { judge } from '../../src/noisy/verdict.js';

/** 200 frames of 1 ms before, 200 of 100 ms during, 200 of 2 ms after. */
function latencies(): Float64Array {
  return Float64Array.from({ length: 600 }, (_, number) => [1, 100, 2][Math.floor(number / 200)]!);
}
const PARTS = { baseline: 0, offence: 200, after: 400, end: 600 };

describe('judge', () => {
  test('takes the 99th percentile of each part by itself', () => {
    expect(judge(latencies(), PARTS, [], 1_500)).toEqual({
      p99BaselineMs: 1,
      p99DuringMs: 100,
      p99AfterMs: 2,
      msFirstOffenceToConfined: 1_500,
      healthyFailures: 0,
    });
  });

  test('one late frame in a hundred does not move it, two do', () => {
    const late = latencies();
    late.set([50, 51], 500);
    expect(judge(late, PARTS, [], 0).p99AfterMs).toBe(2);
    late[502] = 52;
    expect(judge(late, PARTS, [], 0).p99AfterMs).toBe(50);
  });

  test('a frame that was never answered is later than all others, and fails its call', () => {
    const lossy = latencies();
    for (let number = 400; number < 403; number += 1) lossy[number] = Number.NaN;
    const { p99AfterMs, healthyFailures } = judge(lossy, PARTS, [], 0);
    expect(p99AfterMs).toBe(Infinity);
    expect(healthyFailures).toBe(3);
  });

  test('a call fails once, whatever went wrong with it', () => {
    const lossy = latencies();
    lossy[7] = Number.NaN;
    lossy[7 + CALLS] = Number.NaN;
    expect(judge(lossy, PARTS, [7, 9], 0).healthyFailures).toBe(2);
  });

  test('frames that were never sent are not missed', () => {
    const unsent = new Float64Array(1_000).fill(Number.NaN);
    unsent.set(latencies());
    expect(judge(unsent, PARTS, [], 0).healthyFailures).toBe(0);
  });

  test('a part without frames has no figure', () => {
    expect(judge(latencies(), { ...PARTS, after: 200 }, [], 0).p99DuringMs).toBeNaN();
  });
});
