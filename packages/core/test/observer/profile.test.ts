import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TenantryError } from '../../src/errors/errors.js';
import type { ProfileRequest } from '../../src/inspector/pool-profile.js';
import { takeProfile } from '../../src/observer/profile.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { FakeThread } from './fake-thread.js';

const NEVER = new Promise(() => {});
let clock: ManualClock;
let thread: FakeThread;
let stop: AbortController;
beforeEach(() => {
  clock = new ManualClock();
  thread = new FakeThread();
  stop = new AbortController();
});
afterEach(() => {
  // Whatever became of it: nothing is left running, here or there.
  expect(clock.armedCount).toBe(0);
  expect(thread.isClosed).toBe(true);
});

const take = (request: Partial<ProfileRequest> = {}, maxBytes = 1_000_000) =>
  takeProfile(
    () => thread,
    { type: 'cpu', seconds: 5, ...request },
    { clock, maxBytes, signal: stop.signal },
  );

/** Lets every timer of a profile run that is due within `ms`, and what they start. */
async function pass(ms: number): Promise<void> {
  await setImmediate();
  clock.advance(ms);
  await setImmediate();
}

describe('a CPU profile', () => {
  test('is begun once for a trial and once for its seconds, and ended each time', async () => {
    const taking = take();
    await pass(100);
    expect(thread.methods.at(-1)).toBe('Profiler.stopPreciseCoverage');
    await pass(4_999);
    expect(thread.methods.filter((method) => method === 'Profiler.stop')).toHaveLength(1);
    await pass(1);
    expect(await taking).toEqual({
      sampledMs: 7,
      profile: { nodes: [], samples: [1], startTime: 0, endTime: 7_000 },
    });
    expect(thread.methods).toEqual([
      'Profiler.enable',
      'Profiler.setSamplingInterval',
      'Profiler.start',
      'Profiler.stop',
      'Profiler.setSamplingInterval',
      'Profiler.start',
      'Profiler.startPreciseCoverage',
      'Profiler.stopPreciseCoverage',
      'Profiler.stop',
    ]);
  });

  test.each([
    ['1 ms', 5, 100, 1_000],
    ['longer where that would be more than 5,000 samples', 60, 100, 12_000],
    ['longer where a sample brings much', 5, 67_108, 10_000],
  ])('looks every %s', async (_how, seconds, bytesPerSample, interval) => {
    const trial = { samples: Array.from({ length: 100 }, () => 1), text: '' };
    trial.text = 'x'.repeat(bytesPerSample * 100 - JSON.stringify(trial).length);
    thread.answers['Profiler.stop'] = () => ({ profile: trial });
    const taking = take({ seconds }, 100_000_000);
    await pass(100);
    const intervals = thread.asked.filter(({ method }) => method.endsWith('Interval'));
    const [first, second] = intervals.map(({ params }) => params as { interval: number });
    expect(first).toEqual({ interval: 1_000 });
    expect(second!.interval / interval).toBeCloseTo(1, 2);
    await pass(seconds * 1_000);
    await taking;
  });
});

describe('a heap profile', () => {
  test('is what V8 samples of allocations meanwhile', async () => {
    const taking = take({ type: 'heap', seconds: 2 });
    await pass(2_000);
    expect(await taking).toEqual({ sampledMs: 2_000, profile: { head: {}, samples: [] } });
    expect(thread.asked).toEqual([
      { method: 'HeapProfiler.enable', params: {} },
      { method: 'HeapProfiler.startSampling', params: { samplingInterval: 32_768 } },
      { method: 'HeapProfiler.stopSampling', params: {} },
    ]);
  });
});

describe('a profile is given up', () => {
  test.each(['Profiler.enable', 'Profiler.start', 'Profiler.stop'])(
    'seconds and 5 s after its beginning where %s is not answered',
    async (method) => {
      thread.answers[method] = () => NEVER;
      const refusal = caught(() => take());
      await pass(100);
      await pass(9_899);
      expect(thread.isClosed).toBe(false);
      await pass(1);
      expect(await refusal).toMatchObject({
        code: 'TENANTRY_PROFILE_TIMEOUT',
        retryable: true,
        details: { limitMs: 10_000 },
      });
      expect(thread.methods.at(-1)).toBe(method);
    },
  );

  test('at once when it is told to, with the reason, before and while it is taken', async () => {
    const reason = new TenantryError('TENANTRY_PROFILE_TARGET_ENDED', 'gone');
    const refusal = caught(() => take());
    await pass(100);
    stop.abort(reason);
    expect(await refusal).toBe(reason);
    const askedCount = thread.asked.length;
    expect(await caught(() => take())).toBe(reason);
    expect(thread.asked).toHaveLength(askedCount);
  });

  test('when the thread has ended', async () => {
    thread.answers['Profiler.start'] = () => Promise.reject(new Error('the thread has ended'));
    const refusal = await caught(() => take());
    expect(refusal.code).toBe('TENANTRY_PROFILE_TARGET_ENDED');
    expect(refusal.message).toBe('it ended while its profile was taken: the thread has ended');
  });

  test('when it is larger than its limit in bytes', async () => {
    thread.answers['HeapProfiler.stopSampling'] = () => ({ profile: { head: 'é' } });
    const fits = take({ type: 'heap' }, 13);
    await pass(5_000);
    expect((await fits).profile).toEqual({ head: 'é' });
    thread = new FakeThread();
    thread.answers['HeapProfiler.stopSampling'] = () => ({ profile: { head: 'é' } });
    const refusal = caught(() => take({ type: 'heap' }, 12));
    await pass(5_000);
    expect(await refusal).toMatchObject({
      code: 'TENANTRY_PROFILE_TOO_LARGE',
      details: { bytes: 13, limitBytes: 12 },
    });
  });
});
