import { describe, expect, test } from '@jest/globals';
import type { HogSample } from '../../src/escalation/hog-watch.js';
import type { TurnClock } from '../../src/attribution/turn-clock.js';
import { currentOwner, runAs } from '../../src/attribution/turn-scope.js';
import { sampleHogs } from '../../src/escalation/hog-sampler.js';
import { ManualClock } from '../manual-clock.js';

/** Measured elsewhere: here only what becomes of the figures. */
class FakeTurns {
  foldCount = 0;
  tenants: Record<string, object> = {};

  fold(): void {
    this.foldCount += 1;
  }

  usage(): { tenants: object; hostMs: number } {
    return { tenants: this.tenants, hostMs: 0 };
  }
}

function sampling(onSample: (sample: HogSample) => void) {
  const [clock, turns] = [new ManualClock(), new FakeTurns()];
  const timer = sampleHogs(clock, turns as unknown as TurnClock, onSample);
  return { clock, turns, timer };
}

function spin(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('the shared loop', () => {
  test('is sampled twice a second, of turns that are up to date', () => {
    const samples: HogSample[] = [];
    const { clock, turns, timer } = sampling((sample) => samples.push(sample));
    clock.advance(499);
    expect(samples).toEqual([]);
    clock.advance(1_001);
    expect(samples.map(({ atMs }) => atMs)).toEqual([1_500, 2_000, 2_500]);
    expect(samples[0]!.atEpochMs - samples[0]!.atMs).toBe(clock.epochMs() - clock.nowMs());
    expect(turns.foldCount).toBe(3);
    timer.cancel();
    clock.advance(5_000);
    expect([samples.length, clock.armedCount]).toEqual([3, 0]);
  });

  test('has each tenant’s share and growth, and the memory of the process', () => {
    const samples: HogSample[] = [];
    const { clock, turns } = sampling((sample) => samples.push(sample));
    turns.tenants = {
      acme: { nowRatio: 0.7, minuteRatio: 0.1, totalMs: 900, allocatedBytesPerS: 5 },
    };
    clock.advance(500);
    const [sample] = samples;
    expect([...sample!.tenants]).toEqual([['acme', { cpuNowRatio: 0.7, allocatedBytesPerS: 5 }]]);
    expect(sample!.heapAndExternalBytes).toBeGreaterThan(1_000_000);
  });

  test('is busy for the share of the time since the last sample, from 0 to 1', async () => {
    const samples: HogSample[] = [];
    const { clock } = sampling((sample) => samples.push(sample));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(500);
    spin(20);
    clock.advance(500);
    expect(samples[1]!.loopBusyRatio).toBeGreaterThan(0.9);
    // Twice in one turn: no time has passed, and nothing is divided by it.
    clock.advance(500);
    for (const { loopBusyRatio } of samples) {
      expect(loopBusyRatio >= 0 && loopBusyRatio <= 1).toBe(true);
    }
  });

  test('is sampled as nobody, also where a session’s code began it', () => {
    const owner = { id: 's1', tenant: 'acme', agent: 'a', turnSlot: 0 };
    const owners: unknown[] = [];
    const clock = new ManualClock();
    const after = clock.after.bind(clock);
    clock.after = (delayMs, run) => {
      owners.push(currentOwner());
      return after(delayMs, run);
    };
    runAs(owner, () => sampleHogs(clock, new FakeTurns() as unknown as TurnClock, () => {}));
    expect(owners).toEqual([undefined]);
  });
});
