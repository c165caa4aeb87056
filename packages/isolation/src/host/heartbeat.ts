/**
 * Notices that a guest's loop stands still. Counts its own ticks instead of comparing times: when
 * the watching loop itself was blocked, the guest's silence is not the guest's.
 */
import type { Clock } from '@tenantry/core';
import { every } from '@tenantry/core/internal';
import { BEAT_INTERVAL_MS, type BeatCell } from '../wire/beat-cell.js';

export interface Heartbeat {
  readonly silentMs: number;
  stop(): void;
}

/** Calls `onSilent` once, when no beat was seen for `limitMs` of this loop's own ticks. */
export function watchBeats(
  clock: Clock,
  cell: BeatCell,
  limitMs: number,
  onSilent: (silentMs: number) => void,
): Heartbeat {
  let lastBeats = cell.beats;
  let silentTicks = 0;
  const periodMs = Math.min(BEAT_INTERVAL_MS, Math.max(1, limitMs / 2));
  const timer = every(clock, periodMs, () => {
    if (cell.beats !== lastBeats) {
      lastBeats = cell.beats;
      silentTicks = 0;
      return;
    }
    silentTicks += 1;
    if (silentTicks * periodMs < limitMs) return;
    timer.cancel();
    onSilent(silentTicks * periodMs);
  });
  return {
    get silentMs() {
      return silentTicks * periodMs;
    },
    stop: () => timer.cancel(),
  };
}
