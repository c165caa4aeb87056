/** Pure: from the latencies of all frames and three moments to the figures of a run. */
import { CALLS } from './plan.js';

/** Frame numbers, each the first one of its part. */
export interface Parts {
  readonly baseline: number;
  readonly offence: number;
  /** Where the part `after` begins: the confinement, or where it was given up waiting for. */
  readonly after: number;
  readonly end: number;
}

export interface Figures {
  /** NaN where a part has no answered frame. */
  readonly p99BaselineMs: number;
  readonly p99DuringMs: number;
  readonly p99AfterMs: number;
  /** NaN where it never was. */
  readonly msFirstOffenceToConfined: number;
  /** Of the healthy calls: ended, refused, or left with a frame that was never answered. */
  readonly healthyFailures: number;
}

export function judge(
  latenciesMs: Float64Array,
  { baseline, offence, after, end }: Parts,
  failed: Iterable<number>,
  msFirstOffenceToConfined: number,
): Figures {
  const failures = new Set(failed);
  for (let number = 0; number < end; number += 1) {
    if (Number.isNaN(latenciesMs[number])) failures.add(number % CALLS);
  }
  return {
    p99BaselineMs: p99(latenciesMs.subarray(baseline, offence)),
    p99DuringMs: p99(latenciesMs.subarray(offence, after)),
    p99AfterMs: p99(latenciesMs.subarray(after, end)),
    msFirstOffenceToConfined,
    healthyFailures: failures.size,
  };
}

/** Of a process that was gone, or stood still, before it could tell. */
export const GONE: Figures = {
  p99BaselineMs: Number.NaN,
  p99DuringMs: Number.NaN,
  p99AfterMs: Number.NaN,
  msFirstOffenceToConfined: Number.NaN,
  healthyFailures: CALLS,
};

/** Nearest rank. A frame that was never answered is later than all others. */
function p99(latenciesMs: Float64Array): number {
  const sorted = latenciesMs.map((ms) => (Number.isNaN(ms) ? Infinity : ms)).sort();
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
