/**
 * Samples the shared loop for `escalation/hog-watch.ts`: who takes how much of it, and how the process
 * grows. A pool without introspection measures neither.
 */
import { processMemory } from '../attribution/process-memory.js';
import type { TurnClock } from '../attribution/turn-clock.js';
import type { HogSample } from './hog-watch.js';
import { runAsNobody } from '../attribution/turn-scope.js';
import { every, type Clock, type Timer } from '../time/clock.js';

const SAMPLE_INTERVAL_MS = 500;

export function sampleHogs(
  clock: Clock,
  turns: TurnClock,
  onSample: (sample: HogSample) => void,
): Timer {
  let last = performance.eventLoopUtilization();
  return runAsNobody(() =>
    every(clock, SAMPLE_INTERVAL_MS, () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      const { heapUsed, external } = processMemory();
      turns.fold();
      const tenants = new Map<string, { cpuNowRatio: number; allocatedBytesPerS: number }>();
      for (const [tenant, usage] of Object.entries(turns.usage().tenants)) {
        const { nowRatio: cpuNowRatio, allocatedBytesPerS } = usage;
        tenants.set(tenant, { cpuNowRatio, allocatedBytesPerS });
      }
      onSample({
        atMs: clock.nowMs(),
        atEpochMs: clock.epochMs(),
        loopBusyRatio: Number.isFinite(utilization) ? utilization : 0,
        heapAndExternalBytes: heapUsed + external,
        tenants,
      });
    }),
  );
}
