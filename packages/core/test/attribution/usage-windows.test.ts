import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TICK_MS, UsageWindows } from '../../src/attribution/usage-windows.js';

/** Windows that are ticked as the turn clock does it, with owners that use so much of every tick. */
class Driven {
  nowMs = 0;
  readonly windows = new UsageWindows(0);

  begin(row: number): void {
    this.windows.begin(row, this.nowMs);
  }

  /** Each row uses its share of the time, right up to the end of each tick. */
  run(forMs: number, shares: Readonly<Record<number, number>>): void {
    for (let ranMs = 0; ranMs < forMs; ranMs += TICK_MS) {
      this.nowMs += TICK_MS;
      for (const [row, share] of Object.entries(shares)) {
        this.windows.add(Number(row), share * TICK_MS, share * 1_000);
      }
      this.windows.tick(this.nowMs);
    }
  }

  usage(row: number): ReturnType<UsageWindows['usage']> {
    return this.windows.usage(row, this.nowMs);
  }
}

describe('usage windows', () => {
  test('say what was used in the last second and in the last minute', () => {
    const driven = new Driven();
    driven.begin(0);
    driven.run(120_000, { 0: 0.25 });
    expect(driven.usage(0)).toEqual({
      nowRatio: 0.25,
      minuteRatio: 0.25,
      totalMs: 30_000,
      allocatedBytesPerS: 500,
    });
  });

  test('take 1.0 to 1.5 s for now: what is older does not count', () => {
    const driven = new Driven();
    driven.begin(0);
    driven.run(10_000, { 0: 1 });
    driven.run(1_000, {});
    expect(driven.usage(0).nowRatio).toBe(0);
    driven.windows.add(0, 300, 0);
    driven.nowMs += 499;
    expect(driven.usage(0).nowRatio).toBeCloseTo(300 / 1_499, 10);
  });

  test('still count what was used a second ago', () => {
    const driven = new Driven();
    driven.begin(0);
    driven.run(10_000, {});
    driven.windows.add(0, 100, 0);
    driven.nowMs += 400;
    driven.windows.tick(driven.nowMs);
    driven.run(500, {});
    expect(driven.usage(0).nowRatio).toBeCloseTo(100 / 900, 10);
  });

  test('take 55 to 60 s for the minute', () => {
    const driven = new Driven();
    driven.begin(0);
    driven.run(60_000, { 0: 1 });
    driven.run(55_000, {});
    expect(driven.usage(0).minuteRatio).toBe(0);
    driven.run(120_000, {});
    driven.run(5_000, { 0: 1 });
    driven.run(50_000, {});
    expect(driven.usage(0).minuteRatio).toBeCloseTo(5_000 / 55_000, 10);
    driven.nowMs += 4_999;
    expect(driven.usage(0).minuteRatio).toBeCloseTo(5_000 / 59_999, 10);
  });

  test('show a session as hot that was idle for long and has been hot for 10 s', () => {
    const driven = new Driven();
    driven.begin(0);
    driven.run(3_600_000, {});
    driven.run(10_000, { 0: 0.9 });
    const { nowRatio, minuteRatio } = driven.usage(0);
    expect(nowRatio).toBeCloseTo(0.9, 10);
    expect(minuteRatio).toBeCloseTo(9_000 / 55_000, 10);
  });

  test('measure a new row from its own beginning', () => {
    const driven = new Driven();
    driven.begin(0);
    driven.run(30_000, {});
    driven.begin(1);
    driven.run(500, { 1: 0.5 });
    expect(driven.usage(1)).toMatchObject({ nowRatio: 0.5, minuteRatio: 0.5, totalMs: 250 });
  });

  test('start a row that is used again from zero', () => {
    const driven = new Driven();
    driven.begin(3);
    driven.run(120_000, { 3: 1 });
    driven.begin(3);
    expect(driven.usage(3)).toEqual({
      nowRatio: 0,
      minuteRatio: 0,
      totalMs: 0,
      allocatedBytesPerS: 0,
    });
    driven.run(1_000, { 3: 0.2 });
    expect(driven.usage(3)).toMatchObject({ nowRatio: 0.2, minuteRatio: 0.2, totalMs: 200 });
  });

  test('keep rows apart, however many there are', () => {
    const driven = new Driven();
    const shares: Record<number, number> = {};
    for (let row = 0; row < 200; row += 1) {
      driven.begin(row);
      shares[row] = row / 200;
    }
    driven.run(3_000, shares);
    for (let row = 0; row < 200; row += 1) {
      expect(driven.usage(row).nowRatio).toBeCloseTo(row / 200, 10);
    }
  });

  test('never go below zero and never lose a millisecond', () => {
    const step = fc.record({
      waitedMs: fc.integer({ min: 0, max: 2_000 }),
      usedMs: fc.integer({ min: 0, max: 500 }),
      isTick: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const windows = new UsageWindows(0);
        windows.begin(0, 0);
        let [nowMs, usedMs] = [0, 0];
        for (const each of steps) {
          nowMs += each.waitedMs;
          usedMs += each.usedMs;
          windows.add(0, each.usedMs, 0);
          if (each.isTick) windows.tick(nowMs);
          const { nowRatio, minuteRatio, totalMs } = windows.usage(0, nowMs);
          expect(totalMs).toBe(usedMs);
          expect(nowRatio).toBeGreaterThanOrEqual(0);
          expect(minuteRatio).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
