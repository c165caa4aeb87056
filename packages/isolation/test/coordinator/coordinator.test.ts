import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Coordinator } from '../../src/coordinator/coordinator.js';
import { reportWith } from '../support/fake-channel.js';
import { TestIsolate } from '../support/isolates.js';
import { ManualClock } from '../support/manual-clock.js';
import { turns } from '../support/turns.js';

const made: TestIsolate[] = [];

async function ready(rung?: 'thread' | 'process'): Promise<TestIsolate> {
  const one = await TestIsolate.ready(rung);
  made.push(one);
  return one;
}

function coordinating(): { clock: ManualClock; coordinator: Coordinator; reported: string[] } {
  const clock = new ManualClock();
  const reported: string[] = [];
  const coordinator = new Coordinator({
    clock,
    reportIntervalMs: 1_000,
    onReport: ({ id }) => void reported.push(id),
  });
  return { clock, coordinator, reported };
}

afterEach(async () => {
  for (const each of made.splice(0)) await each.dispose();
});

describe('a coordinator', () => {
  test('asks each isolate at every interval and keeps the answer with its time', async () => {
    const { clock, coordinator, reported } = coordinating();
    const { isolate } = await ready();
    coordinator.add(isolate);
    expect(coordinator.reportOf(isolate)).toBeUndefined();
    clock.advance(1_000);
    await turns();
    expect(coordinator.reportOf(isolate)).toEqual({ report: reportWith(1), atMs: 2_000 });
    expect(reported).toEqual(['process-1']);
  });

  test.each<[string, () => Promise<never>]>([
    ['fails', () => Promise.reject(new Error('no answer'))],
    ['never comes', () => new Promise(() => {})],
  ])('keeps the last good report when the next %s', async (_how, reports) => {
    const { clock, coordinator } = coordinating();
    const { isolate, channel } = await ready();
    coordinator.add(isolate);
    await coordinator.refresh(100);
    channel.reports = reports;
    for (let interval = 0; interval < 3; interval += 1) {
      clock.advance(1_000);
      await turns();
    }
    expect(coordinator.reportOf(isolate)?.atMs).toBe(1_000);
  });

  test('does not ask again before it is answered', async () => {
    const { clock, coordinator } = coordinating();
    const { isolate, channel } = await ready();
    let asked = 0;
    channel.reports = () => {
      asked += 1;
      return new Promise(() => {});
    };
    coordinator.add(isolate);
    clock.advance(10_000);
    expect(asked).toBe(1);
  });

  test('does not ask an isolate that has not started', async () => {
    const { coordinator } = coordinating();
    const one = new TestIsolate();
    made.push(one);
    one.channel.reports = () => Promise.reject(new Error('asked too early'));
    coordinator.add(one.isolate);
    await coordinator.refresh(100);
    expect(coordinator.reportOf(one.isolate)).toBeUndefined();
  });

  test('waits for a refresh no longer than it may, and takes the late answer', async () => {
    const { clock, coordinator } = coordinating();
    const { isolate, channel } = await ready();
    let answer: () => void = () => {};
    channel.reports = () => new Promise((resolve) => (answer = () => resolve(reportWith(5))));
    coordinator.add(isolate);
    const refreshed = coordinator.refresh(100);
    clock.advance(100);
    await refreshed;
    expect(coordinator.reportOf(isolate)).toBeUndefined();
    answer();
    await turns();
    expect(coordinator.reportOf(isolate)?.report.figures.cpuMs).toBe(5);
  });

  test('adds the CPU time of a retired child to the totals, and not of a thread', async () => {
    const { coordinator } = coordinating();
    for (const rung of ['process', 'thread'] as const) {
      const { isolate, channel } = await ready(rung);
      channel.reports = () => Promise.resolve(reportWith(40, { strayErrors: 2 }));
      coordinator.add(isolate);
      await coordinator.refresh(100);
      coordinator.retire(isolate);
      coordinator.retire(isolate);
    }
    expect(coordinator.retired()).toEqual({ isolates: 2, cpuMs: 40, tenantCpuMs: {} });
  });

  test('keeps what each tenant used, whatever its name, on every rung', async () => {
    const { coordinator } = coordinating();
    const used = { nowRatio: 1, minuteRatio: 1, totalMs: 15, allocatedBytesPerS: 0 };
    const tenants = { acme: used, valueOf: used, toString: used };
    for (const rung of ['process', 'thread'] as const) {
      const { isolate, channel } = await ready(rung);
      const report = reportWith(40, { usage: { tenants, hostMs: 1 } });
      channel.reports = () => Promise.resolve(report);
      coordinator.add(isolate);
      await coordinator.refresh(100);
      coordinator.retire(isolate);
    }
    expect(coordinator.retired().tenantCpuMs).toEqual({ acme: 30, valueOf: 30, toString: 30 });
  });

  test('takes no report of an isolate that is retired', async () => {
    const { coordinator, reported } = coordinating();
    const { isolate } = await ready();
    coordinator.add(isolate);
    const refreshed = coordinator.refresh(100);
    coordinator.retire(isolate);
    await refreshed;
    expect([[...coordinator.isolates()], reported]).toEqual([[], []]);
  });

  test('has no timer while it has no isolate', async () => {
    const { clock, coordinator } = coordinating();
    const { isolate } = await ready();
    coordinator.add(isolate);
    expect(clock.armedCount).toBe(1);
    coordinator.retire(isolate);
    expect(clock.armedCount).toBe(0);
    await coordinator.refresh(100);
  });

  test('never lets a total go back, whatever happens to its isolates', async () => {
    const step = fc.oneof(
      fc.constant('add' as const),
      fc.record({ report: fc.nat(9), cpuMs: fc.nat(50), strays: fc.nat(3) }),
      fc.record({ silent: fc.nat(9) }),
      fc.record({ retire: fc.nat(9) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { coordinator } = coordinating();
        const all: { one: TestIsolate; cpuMs: number; strays: number }[] = [];
        let before = { cpuMs: 0, isolates: 0 };
        for (const each of steps) {
          if (each === 'add') {
            const one = await ready();
            coordinator.add(one.isolate);
            // What it reports by itself is its beginning.
            all.push({ one, cpuMs: 1, strays: 0 });
          } else if ('report' in each) {
            const of = all[each.report];
            if (of === undefined) continue;
            of.cpuMs += each.cpuMs;
            of.strays += each.strays;
            const report = reportWith(of.cpuMs, { strayErrors: of.strays });
            of.one.channel.reports = () => Promise.resolve(report);
            await coordinator.refresh(100);
          } else if ('silent' in each) {
            const of = all[each.silent];
            if (of === undefined) continue;
            of.one.channel.reports = () => Promise.reject(new Error('no answer'));
            await coordinator.refresh(100);
          } else {
            const of = all[each.retire];
            if (of !== undefined) coordinator.retire(of.one.isolate);
          }
          const now = { ...coordinator.retired() };
          for (const isolate of coordinator.isolates()) {
            const kept = coordinator.reportOf(isolate)?.report;
            now.isolates += 1;
            now.cpuMs += kept?.figures.cpuMs ?? 0;
          }
          expect(now.cpuMs).toBeGreaterThanOrEqual(before.cpuMs);
          expect(now.isolates).toBe(all.length);
          before = now;
        }
      }),
    );
  });
});
