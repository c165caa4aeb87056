import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../manual-clock.js';
import { SharedClock, SimulatedClock } from './simulated-clock.js';

interface Armed {
  readonly delayMs: number;
  readonly isCancelled: boolean;
  /** Armed when it runs; 0: nothing is. */
  readonly thenMs: number;
}

const armed = fc.record({
  delayMs: fc.nat(50),
  isCancelled: fc.boolean(),
  thenMs: fc.nat(20),
});

/** What runs, and when. */
function runsOf(
  clock: ManualClock | SimulatedClock,
  timers: readonly Armed[],
  advance: (byMs: number) => void,
): string[] {
  const runs: string[] = [];
  timers.forEach(({ delayMs, isCancelled, thenMs }, index) => {
    const timer = clock.after(delayMs, () => {
      runs.push(`${index} at ${clock.nowMs()}`);
      if (thenMs > 0) clock.after(thenMs, () => runs.push(`${index} again at ${clock.nowMs()}`));
    });
    if (isCancelled) timer.cancel();
  });
  advance(30);
  runs.push(`${clock.armedCount} armed at ${clock.nowMs()}`);
  advance(100);
  return [...runs, `${clock.armedCount} armed at ${clock.nowMs()}`];
}

test('runs what the manual clock runs, when that does', () => {
  fc.assert(
    fc.property(fc.array(armed, { maxLength: 40 }), (timers) => {
      const manual = new ManualClock();
      const simulated = new SimulatedClock();
      const stepped = runsOf(simulated, timers, (byMs) => {
        const untilMs = simulated.nowMs() + byMs;
        while (simulated.step(untilMs));
      });
      expect(stepped).toEqual(runsOf(manual, timers, (byMs) => manual.advance(byMs)));
    }),
  );
});

test('counts the timers of each of its users', () => {
  const clock = new SimulatedClock();
  const [one, other] = [new SharedClock(clock), new SharedClock(clock)];
  const cancelled = one.after(5, () => {});
  one.after(10, () => {});
  other.after(10, () => {});
  cancelled.cancel();
  cancelled.cancel();
  expect([one.armedCount, other.armedCount, clock.armedCount]).toEqual([1, 1, 2]);
  clock.step(1_010);
  cancelled.cancel();
  expect([one.armedCount, other.armedCount, clock.armedCount]).toEqual([0, 1, 1]);
});
