import { afterEach, describe, expect, test } from '@jest/globals';
import { every, systemClock } from '../../src/time/clock.js';
import { ManualClock } from '../manual-clock.js';

interface FakeTimeout {
  readonly delayMs: number;
  readonly run: () => void;
  unrefCount: number;
  cleared: boolean;
}

const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
let timeouts: FakeTimeout[] = [];

function fakeTimeouts(): void {
  timeouts = [];
  globalThis.setTimeout = ((run: () => void, delayMs: number) => {
    const timeout = {
      delayMs,
      run,
      unrefCount: 0,
      cleared: false,
      unref: () => void (timeout.unrefCount += 1),
    };
    timeouts.push(timeout);
    return timeout;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timeout: FakeTimeout) => {
    timeout.cleared = true;
  }) as unknown as typeof clearTimeout;
}

afterEach(() => {
  globalThis.setTimeout = realSetTimeout;
  globalThis.clearTimeout = realClearTimeout;
});

describe('the system clock', () => {
  test('waits longer than 2^31 milliseconds by waiting several times', () => {
    fakeTimeouts();
    const longestMs = 2 ** 31 - 1;
    let runs = 0;
    systemClock.after(2 * longestMs + 5, () => (runs += 1));
    for (let index = 0; index < 3; index += 1) {
      expect(runs).toBe(0);
      timeouts[index]!.run();
    }
    expect(timeouts.map(({ delayMs }) => delayMs)).toEqual([longestMs, longestMs, 5]);
    expect(runs).toBe(1);
  });

  test('waits a day in one timer and never keeps the process alive', () => {
    fakeTimeouts();
    systemClock.after(86_400_000, () => {});
    systemClock.after(-5, () => {});
    expect(timeouts.map(({ delayMs }) => delayMs)).toEqual([86_400_000, 0]);
    expect(timeouts.every(({ unrefCount }) => unrefCount === 1)).toBe(true);
  });

  test('keeps the process alive where somebody waits for it', () => {
    fakeTimeouts();
    systemClock.after(5, () => {}, true);
    expect(timeouts.map(({ unrefCount }) => unrefCount)).toEqual([0]);
  });

  test('cancels the part of a long wait that is under way', () => {
    fakeTimeouts();
    const timer = systemClock.after(2 ** 33, () => {});
    timeouts[0]!.run();
    timer.cancel();
    expect(timeouts.map(({ cleared }) => cleared)).toEqual([false, true]);
  });

  test('shows the time of day and measures on a clock that starts elsewhere', () => {
    expect(Math.abs(systemClock.epochMs() - Date.now())).toBeLessThan(60_000);
    const firstMs = systemClock.nowMs();
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(firstMs);
    expect(firstMs).toBeLessThan(systemClock.epochMs());
  });
});

describe('every', () => {
  test('runs once a period until it is cancelled', () => {
    const clock = new ManualClock();
    let runs = 0;
    const timer = every(clock, 100, () => (runs += 1));
    clock.advance(99);
    expect(runs).toBe(0);
    clock.advance(301);
    expect(runs).toBe(4);
    timer.cancel();
    clock.advance(1_000);
    expect(runs).toBe(4);
    expect(clock.armedCount).toBe(0);
  });

  test('can be cancelled by what it runs', () => {
    const clock = new ManualClock();
    let runs = 0;
    const timer = every(clock, 10, () => {
      runs += 1;
      timer.cancel();
    });
    clock.advance(100);
    expect(runs).toBe(1);
  });

  test('goes on after a run that throws', () => {
    const clock = new ManualClock();
    let runs = 0;
    every(clock, 10, () => {
      runs += 1;
      throw new Error('tick');
    });
    expect(() => clock.advance(10)).toThrow('tick');
    expect(() => clock.advance(10)).toThrow('tick');
    expect(runs).toBe(2);
  });
});
