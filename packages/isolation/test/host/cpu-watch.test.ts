import { describe, expect, test } from '@jest/globals';
import { watchCpu, type CpuReader } from '../../src/host/cpu-watch.js';
import { ManualClock } from '../support/manual-clock.js';

function watching(cpuMs: (look: number) => number | undefined) {
  const clock = new ManualClock();
  const told: unknown[] = [];
  let looks = 0;
  let closed = 0;
  const reader: CpuReader = { readMs: () => cpuMs(looks++), close: () => void (closed += 1) };
  const watch = watchCpu(clock, reader, {
    limitSeconds: 1,
    softLimitRatio: 0.5,
    onNear: ({ reason, used, limit }) => told.push(['near', reason, used, limit]),
    onOver: (detail) => told.push(['over', detail]),
  });
  return { clock, told, watch, looks: () => looks, closed: () => closed };
}

describe('a CPU watch', () => {
  test('counts from its beginning, says once that the limit is near, and once that it is passed', () => {
    const { clock, told, closed } = watching((look) => 9_000 + look * 250);
    clock.advance(100);
    expect(told).toEqual([]);
    clock.advance(100);
    expect(told).toEqual([['near', 'cpu-limit', 0.5, 1]]);
    clock.advance(200);
    expect(told).toHaveLength(1);
    clock.advance(1_000);
    expect(told).toEqual([
      ['near', 'cpu-limit', 0.5, 1],
      ['over', '1.25 s of CPU time used, the limit is 1 s'],
    ]);
    expect([closed(), clock.armedCount]).toEqual([1, 0]);
  });

  test('is none where nothing can be read', () => {
    const { watch, clock, closed } = watching(() => undefined);
    expect([watch, clock.armedCount, closed()]).toEqual([undefined, 0, 1]);
  });

  test('goes on after a look that answered nothing', () => {
    const { clock, told } = watching((look) => (look === 1 ? undefined : look * 400));
    clock.advance(300);
    expect(told).toEqual([
      ['near', 'cpu-limit', 0.8, 1],
      ['over', '1.20 s of CPU time used, the limit is 1 s'],
    ]);
  });

  test('looks no more when it is stopped', () => {
    const { clock, watch, looks, closed } = watching(() => 0);
    watch!.stop();
    clock.advance(1_000);
    expect([looks(), closed()]).toEqual([1, 1]);
  });
});
