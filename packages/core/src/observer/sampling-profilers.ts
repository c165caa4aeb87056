/**
 * V8's two sampling profilers as its inspector protocol has them. They are begun and ended by
 * interrupts, which reach JavaScript that never returns. Deadlines are left to `profile.ts`.
 */
import type { InspectorTarget } from './inspector-target.js';

/** A thread that is being profiled; all of it rejects when the profile is given up. */
export interface ProfiledThread {
  readonly post: InspectorTarget['post'];
  wait(delayMs: number): Promise<void>;
  nowMs(): number;
}

export interface TakenProfile {
  readonly sampledMs: number;
  readonly profile: Record<string, unknown>;
}

const US_PER_MS = 1_000;
const SAMPLING_INTERVAL_US = 1_000;
const MOST_SAMPLES = 5_000;
/** A look so short that its document is small whatever runs: it tells how large the real one gets. */
const TRIAL_MS = 100;
/**
 * What a CPU profile is to stay below. A sample brings up to 255 new nodes of the call tree, 60 KB of
 * JSON, and V8 makes one document of them all in the memory of the process that is looked at.
 */
const PLANNED_BYTES = 32 * 1_048_576;

const HEAP_SAMPLING_BYTES = 32 * 1_024;

export async function sampleCpu(thread: ProfiledThread, seconds: number): Promise<TakenProfile> {
  const stop = async (): Promise<CpuProfile> =>
    (await thread.post<{ profile: CpuProfile }>('Profiler.stop')).profile;
  await thread.post('Profiler.enable');
  await thread.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await thread.post('Profiler.start');
  await thread.wait(TRIAL_MS);
  const interval = intervalUs(await stop(), seconds);
  await thread.post('Profiler.setSamplingInterval', { interval });
  await thread.post('Profiler.start');
  // V8 has no name for a loop that it optimised while it ran, before the profile began. Counting calls
  // drops all optimised code; the loop is optimised again at once, and named.
  await thread.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await thread.post('Profiler.stopPreciseCoverage');
  await thread.wait(seconds * 1_000);
  const profile = await stop();
  return { sampledMs: (profile.endTime - profile.startTime) / US_PER_MS, profile };
}

/** What was allocated meanwhile and is still there at the end. */
export async function sampleHeap(thread: ProfiledThread, seconds: number): Promise<TakenProfile> {
  await thread.post('HeapProfiler.enable');
  await thread.post('HeapProfiler.startSampling', { samplingInterval: HEAP_SAMPLING_BYTES });
  const startMs = thread.nowMs();
  await thread.wait(seconds * 1_000);
  const { profile } = await thread.post<{ profile: TakenProfile['profile'] }>(
    'HeapProfiler.stopSampling',
  );
  return { sampledMs: thread.nowMs() - startMs, profile };
}

interface CpuProfile extends Record<string, unknown> {
  readonly samples?: readonly number[];
  readonly startTime: number;
  readonly endTime: number;
}

/** As short as the size allows, if the thread goes on as it did in the trial. */
function intervalUs(trial: CpuProfile, seconds: number): number {
  const bytesPerSample = JSON.stringify(trial).length / Math.max(1, trial.samples?.length ?? 0);
  const mostSamples = Math.min(MOST_SAMPLES, PLANNED_BYTES / bytesPerSample);
  return Math.round(Math.max(SAMPLING_INTERVAL_US, (seconds * 1_000_000) / mostSamples));
}
