import { describe, expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { MemoryGuard } from '../../src/pool/memory-guard.js';
import { ManualClock } from '../manual-clock.js';

const MB = 1_048_576;

function guarded(limits: { readonly warnMb?: number; readonly limitMb?: number }): {
  readonly clock: ManualClock;
  readonly guard: MemoryGuard;
  readonly events: RuntimeEvent[];
  readonly exits: number[];
  readonly read: (...rssMb: number[]) => void;
} {
  const clock = new ManualClock();
  const events: RuntimeEvent[] = [];
  const exits: number[] = [];
  let now = 0;
  const pool = { drain: async () => {}, close: async () => ({ stuckIsolates: 0 }) };
  const guard = new MemoryGuard(pool, {
    clock,
    warnMb: 0,
    limitMb: 0,
    ...limits,
    drainTimeoutMs: 1_000,
    emit: (event) => void events.push(event),
    rssBytes: () => now * MB,
    end: (exitCode) => void exits.push(exitCode),
  });
  const read = (...rssMb: number[]): void => {
    for (const each of rssMb) {
      now = each;
      clock.advance(1_000);
    }
  };
  return { clock, guard, events, exits, read };
}

describe('the memory of the process', () => {
  test('is warned of once for a crossing, and again for every 50 MB more', () => {
    const { events, exits, read } = guarded({ warnMb: 100 });
    read(99, 100, 120, 149, 150, 199, 200, 90, 101);
    expect(events.map((event) => 'rssMb' in event && event.rssMb)).toEqual([100, 150, 200, 101]);
    expect(events[0]).toEqual({ kind: 'memory.warned', rssMb: 100, warnMb: 100 });
    expect(exits).toEqual([]);
  });

  test('past its limit ends the process with 75, once', () => {
    const { events, exits, read, clock } = guarded({ warnMb: 100, limitMb: 300 });
    read(301, 400, 500);
    expect(exits).toEqual([75]);
    expect(events).toEqual([{ kind: 'memory.limit', rssMb: 301, limitMb: 300, exitCode: 75 }]);
    expect(clock.armedCount).toBe(0);
  });

  test('is not looked at where neither is set, nor after the end', () => {
    expect(guarded({}).clock.armedCount).toBe(0);
    const { guard, events, read, clock } = guarded({ warnMb: 1 });
    guard.close();
    read(500);
    expect([events, clock.armedCount]).toEqual([[], 0]);
  });
});
