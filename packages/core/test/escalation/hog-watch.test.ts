import { describe, expect, test } from '@jest/globals';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { HogWatch, type HogSample } from '../../src/escalation/hog-watch.js';
import type { Offence } from '../../src/escalation/offence.js';
import { EPOCH_MS } from './test-escalation.js';

const MB = 1_048_576;
type Use = Readonly<Record<string, readonly [cpuNowRatio: number, allocatedMbPerS: number]>>;

/** A watch that is given a sample each half second. */
function watching() {
  const watch = new HogWatch(EscalationOptions.parse({}).hogs);
  let atMs = 5_000;
  return (busy: number, memoryMb: number, use: Use, laterMs = 500): Offence[] => {
    atMs += laterMs;
    const rows = Object.entries(use).map(
      ([tenant, [cpuNowRatio, mbPerS]]) =>
        [tenant, { cpuNowRatio, allocatedBytesPerS: mbPerS * MB }] as const,
    );
    const sample: HogSample = {
      atMs,
      atEpochMs: EPOCH_MS + atMs,
      loopBusyRatio: busy,
      heapAndExternalBytes: memoryMb * MB,
      tenants: new Map(rows),
    };
    return watch.sample(sample);
  };
}

const times = <T>(count: number, run: (n: number) => T[]): T[] =>
  Array.from({ length: count }, (_, n) => run(n)).flat();

describe('who takes more than half of a busy loop', () => {
  test('is told of each half second, once that lasts for longer than its figure looks back', () => {
    const sample = watching();
    expect(times(3, () => sample(0.9, 50, { acme: [0.6, 0], zeta: [0.3, 0] }))).toEqual([]);
    const [offence, ...others] = sample(0.9, 50, { acme: [0.6, 0], zeta: [0.3, 0] });
    expect(others).toEqual([]);
    expect(offence).toEqual({
      kind: 'cpu-hog',
      tenant: 'acme',
      session: null,
      agent: null,
      atMs: 7_000,
      atEpochMs: EPOCH_MS + 7_000,
      rung: 'coroutine',
      place: null,
      ratio: 0.6,
      seconds: 0.5,
    });
  });

  test('can be two at once', () => {
    const sample = watching();
    const use: Use = { acme: [0.5, 0], zeta: [0.5, 0] };
    const told = times(4, () => sample(1, 50, use));
    expect(told.map(({ tenant }) => tenant)).toEqual(['acme', 'zeta']);
  });

  test('is nobody while the loop has time for all', () => {
    const sample = watching();
    expect(times(20, () => sample(0.79, 50, { acme: [0.78, 0] }))).toEqual([]);
  });

  test('is nobody who takes a little less', () => {
    const sample = watching();
    expect(times(20, () => sample(1, 50, { acme: [0.49, 0], zeta: [0.49, 0] }))).toEqual([]);
  });

  test('begins anew after a pause', () => {
    const sample = watching();
    const told = times(9, (n) => sample(1, 50, { acme: [n % 3 === 2 ? 0.1 : 1, 0] }));
    expect(told).toEqual([]);
  });

  test('is nobody for the echo of one long block, which is an offence of its own', () => {
    const sample = watching();
    sample(0.2, 50, { acme: [0.1, 0] });
    // The figure of the last second still shows the block for as long as it looks back.
    const told = [
      sample(1, 50, { acme: [1, 0] }, 10_000),
      sample(1, 50, { acme: [0.95, 0] }),
      sample(1, 50, { acme: [0.9, 0] }),
      sample(0.1, 50, { acme: [0.1, 0] }),
    ];
    expect(told.flat()).toEqual([]);
  });
});

test('a hog is not told for the time in which the loop stood still, and is looked at anew', () => {
  const sample = watching();
  times(3, () => sample(1, 50, { acme: [1, 0] }));
  expect(sample(1, 50, { acme: [1, 0] }, 8_000)).toEqual([]);
  expect(times(2, () => sample(1, 50, { acme: [1, 0] }))).toEqual([]);
  expect(sample(1, 50, { acme: [1, 0] })).toMatchObject([{ kind: 'cpu-hog', seconds: 0.5 }]);
});

describe('who makes the process grow', () => {
  test('is told with the growth and its share', () => {
    const sample = watching();
    sample(0.1, 50, { acme: [0.1, 80], zeta: [0, 20] });
    sample(0.1, 80, { acme: [0.1, 80], zeta: [0, 20] });
    const told = sample(0.1, 110, { acme: [0.1, 80], zeta: [0, 20] });
    expect(told).toMatchObject([
      { kind: 'allocation-hog', tenant: 'acme', grownMb: 60, share: 0.8, seconds: 0.5 },
    ]);
  });

  test('is nobody while it grows slowly', () => {
    const sample = watching();
    expect(times(20, (n) => sample(0.1, 50 + n * 9, { acme: [0.1, 500] }))).toEqual([]);
  });

  test('is nobody while what is allocated is let go again', () => {
    const sample = watching();
    expect(times(20, (n) => sample(0.1, 50 + (n % 2) * 15, { acme: [0.5, 900] }))).toEqual([]);
  });

  test('is hidden by a collection for two samples at most', () => {
    const sample = watching();
    let memoryMb = 50;
    const told = times(12, (n) => {
      memoryMb += n === 6 ? -60 : 25;
      return [sample(0.1, memoryMb, { acme: [0.1, 50] }).length];
    });
    expect(told).toEqual([0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]);
  });

  test('is nobody who made half of it or less', () => {
    const sample = watching();
    const use: Use = { acme: [0.1, 50], zeta: [0.1, 50] };
    expect(times(9, (n) => sample(0.1, 50 + n * 50, use))).toEqual([]);
  });

  test('is nobody where the host itself grows', () => {
    const sample = watching();
    expect(times(9, (n) => sample(0.1, 50 + n * 50, { acme: [0.1, 2] }))).toEqual([]);
  });

  test('is nobody for what happened while the loop stood still', () => {
    const sample = watching();
    sample(0.1, 50, { acme: [0.1, 500] });
    expect(sample(1, 900, { acme: [1, 500] }, 8_000)).toEqual([]);
  });
});

test('a sample of the same moment says nothing new', () => {
  const sample = watching();
  times(4, () => sample(1, 50, { acme: [1, 0] }));
  expect(sample(1, 900, { acme: [1, 900] }, 0)).toEqual([]);
});
