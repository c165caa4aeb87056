import { describe, expect, test } from '@jest/globals';
import { OutputMeter } from '../../src/log/output-meter.js';
import { ManualClock } from '../manual-clock.js';

function metering(maxBytesPerSecond: number): { clock: ManualClock; meter: OutputMeter } {
  const clock = new ManualClock();
  return { clock, meter: new OutputMeter(maxBytesPerSecond, () => clock.nowMs()) };
}

describe('an output meter', () => {
  test('lets pass what fits into a second, to the last byte', () => {
    const { meter } = metering(100);
    expect([meter.pass(60), meter.pass(40), meter.pass(1)]).toEqual([true, true, false]);
  });

  test('lets something small pass after something that did not fit', () => {
    const { meter } = metering(100);
    expect([meter.pass(101), meter.pass(100)]).toEqual([false, true]);
  });

  test('begins anew after a second, and not before', () => {
    const { clock, meter } = metering(100);
    meter.pass(100);
    clock.advance(999);
    expect(meter.pass(1)).toBe(false);
    clock.advance(1);
    expect(meter.pass(100)).toBe(true);
  });

  test('saves nothing up', () => {
    const { clock, meter } = metering(100);
    clock.advance(60_000);
    expect([meter.pass(100), meter.pass(1)]).toEqual([true, false]);
  });

  test('tells once what was held back', () => {
    const { meter } = metering(10);
    meter.pass(20);
    meter.pass(30);
    expect([meter.takeDropped(), meter.takeDropped()]).toEqual([
      { lines: 2, bytes: 50 },
      { lines: 0, bytes: 0 },
    ]);
  });

  test('lets nothing pass where nothing may', () => {
    expect(metering(0).meter.pass(1)).toBe(false);
  });

  test('meters what is empty too: each is a message to the host', () => {
    const { meter } = metering(100);
    let passed = 0;
    for (let write = 0; write < 1_000; write += 1) passed += meter.pass(0) ? 1 : 0;
    expect(passed).toBe(100);
  });
});
