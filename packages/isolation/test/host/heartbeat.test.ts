import { describe, expect, test } from '@jest/globals';
import { watchBeats, type Heartbeat } from '../../src/host/heartbeat.js';
import { BEAT_INTERVAL_MS, BeatCell } from '../../src/wire/beat-cell.js';
import { ManualClock } from '../support/manual-clock.js';

const LIMIT_MS = 500;

function watching(limitMs = LIMIT_MS): {
  clock: ManualClock;
  cell: BeatCell;
  heartbeat: Heartbeat;
  accusations: number[];
} {
  const clock = new ManualClock();
  const cell = new BeatCell();
  const accusations: number[] = [];
  const heartbeat = watchBeats(clock, cell, limitMs, (silentMs) => accusations.push(silentMs));
  return { clock, cell, heartbeat, accusations };
}

describe('a heartbeat', () => {
  test('accuses a guest that is silent for the limit, and not before', () => {
    const { clock, accusations } = watching();
    clock.advance(LIMIT_MS - 1);
    expect(accusations).toEqual([]);
    clock.advance(1);
    expect(accusations).toEqual([LIMIT_MS]);
  });

  test('accuses once', () => {
    const { clock, accusations } = watching();
    clock.advance(10 * LIMIT_MS);
    expect([accusations, clock.armedCount]).toEqual([[LIMIT_MS], 0]);
  });

  test('never accuses a guest that beats', () => {
    const { clock, cell, accusations } = watching();
    for (let beat = 0; beat < 100; beat += 1) {
      cell.write(1, 1);
      clock.advance(BEAT_INTERVAL_MS);
    }
    expect(accusations).toEqual([]);
  });

  test('counts the silence from the last beat', () => {
    const { clock, cell, heartbeat, accusations } = watching();
    clock.advance(400);
    expect(heartbeat.silentMs).toBe(400);
    cell.write(1, 1);
    clock.advance(100);
    expect(heartbeat.silentMs).toBe(0);
    clock.advance(499);
    expect(accusations).toEqual([]);
    clock.advance(1);
    expect(accusations).toEqual([LIMIT_MS]);
  });

  test('does not accuse a guest when the watching loop itself was blocked', () => {
    const { clock, heartbeat, accusations } = watching();
    clock.block(60_000);
    expect([heartbeat.silentMs, accusations]).toEqual([BEAT_INTERVAL_MS, []]);
  });

  test('looks at least twice within a short limit', () => {
    const { clock, heartbeat } = watching(60);
    clock.advance(30);
    expect(heartbeat.silentMs).toBe(30);
  });

  test('says nothing more when it is stopped', () => {
    const { clock, heartbeat, accusations } = watching();
    clock.advance(LIMIT_MS - 1);
    heartbeat.stop();
    clock.advance(LIMIT_MS);
    expect([accusations, clock.armedCount]).toEqual([[], 0]);
  });
});
