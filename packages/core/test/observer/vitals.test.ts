import os from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { Vitals } from '../../src/observer/vitals.js';
import { SystemFigures } from '../../src/snapshot/figures.js';

/** Vitals that are ticked once a second by hand. */
class Ticked {
  nowMs = 0;
  readonly vitals = new Vitals(() => this.nowMs);

  tick(lagMs = 0): void {
    this.nowMs += 1_000;
    this.vitals.tick(lagMs);
  }
}

describe('vitals', () => {
  test('are what a snapshot may say, before the first second and after it', () => {
    const ticked = new Ticked();
    const before = ticked.vitals.figures();
    expect(SystemFigures.parse(before)).toEqual(before);
    expect(before).toMatchObject({ cpuRatio: 0, cpuHistory: [], receivedBytesPerS: null });
    ticked.tick();
    const after = ticked.vitals.figures();
    expect(SystemFigures.parse(after)).toEqual(after);
    expect(after.cpuHistory).toEqual([after.cpuRatio]);
    expect(after.receivedBytesPerS).toBeGreaterThanOrEqual(0);
    expect(after.sentBytesPerS).toBeGreaterThanOrEqual(0);
  });

  test('keep the last minute, oldest first', () => {
    const ticked = new Ticked();
    for (let second = 1; second <= 70; second += 1) ticked.tick(second);
    const { cpuHistory, loopLagHistoryMs } = ticked.vitals.figures();
    expect(cpuHistory).toHaveLength(60);
    expect(loopLagHistoryMs).toEqual(Array.from({ length: 60 }, (_, at) => at + 11));
    expect(ticked.vitals.lagMs).toBe(70);
  });

  test('measure this process by the time that has passed', () => {
    const ticked = new Ticked();
    const endMs = performance.now() + 50;
    while (performance.now() < endMs);
    ticked.tick();
    const { cpuRatio } = ticked.vitals.figures();
    expect(cpuRatio).toBeGreaterThan(0);
    expect(cpuRatio).toBeLessThan(1);
  });

  test('read the machine’s memory in bytes', () => {
    const figures = new Ticked().vitals.figures();
    // The kernel rounds to whole kilobytes.
    expect(Math.abs(figures.memoryTotalBytes - os.totalmem())).toBeLessThan(1_024);
    expect(figures.memoryUsedBytes).toBeGreaterThan(0);
    expect(figures.memoryUsedBytes).toBeLessThan(figures.memoryTotalBytes);
    expect(figures.swapUsedBytes).toBeLessThanOrEqual(figures.swapTotalBytes!);
    expect(figures.coreCount).toBe(os.availableParallelism());
  });
});
