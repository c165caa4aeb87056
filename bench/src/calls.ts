/**
 * Calls on one loop, each of which hears real speech in real time: how late the loop is, by Node's own
 * probe of 1 ms, whose period is not counted as lateness. The client sides are on the same loop.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import listener from './agents/listener.js';
import type { DensityAnswer } from './density.bench.js';
import { Wheel } from './overhead/wheel.js';
import { FRAME_MS, speechFrames } from './speech.js';
import { startedPool } from './tenantry.js';

const TENANTS = 10;
const WARM_UP_MS = 1_000;
const MEASURED_MS = 3_000;
const PROBE_MS = 1;
const NS_PER_MS = 1_000_000;
const MB = 1_048_576;
const MS_PER_S = 1_000;
/** Fewer frames than this part of those that were due: the loop does not keep up at all. */
const LEAST_RATIO = 0.98;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function measureCalls(calls: number): Promise<DensityAnswer> {
  const pool = await startedPool({
    maxConcurrentSessions: Math.max(1, calls),
    enableIntrospection: true,
  });
  const frames = speechFrames();
  const wheel = new Wheel(FRAME_MS);
  let heard = 0;
  let voiced = 0;
  const call = async (index: number): Promise<void> => {
    const tenant = `tenant-${index % TENANTS}`;
    const session = await pool.open({ tenant, agent: listener });
    const replies = session.messages[Symbol.asyncIterator]();
    for (let frame = index * 17; ; frame += 1) {
      if ((await wheel.next(index)) === undefined) break;
      await session.send(frames[frame % frames.length]!);
      const { value } = await replies.next();
      heard += 1;
      if (value === true) voiced += 1;
    }
  };
  const done = Promise.all(Array.from({ length: calls }, (_, index) => call(index)));
  wheel.start();
  await pause(WARM_UP_MS);
  const probe = monitorEventLoopDelay({ resolution: PROBE_MS });
  probe.enable();
  const heardBefore = heard;
  const startMs = performance.now();
  await pause(MEASURED_MS);
  probe.disable();
  const dueFrames = ((performance.now() - startMs) / FRAME_MS) * calls;
  const { rss } = process.memoryUsage();
  if ((heard - heardBefore) / dueFrames < LEAST_RATIO) {
    const perSecond = Math.round((heard - heardBefore) / (MEASURED_MS / MS_PER_S));
    throw new Error(`${calls} calls: only ${perSecond} frames a second were heard`);
  }
  if (calls > 0 && voiced === 0) throw new Error('there is no voice in the speech');
  wheel.stop();
  await done;
  await pool.close();
  return { value: probe.percentile(99) / NS_PER_MS - PROBE_MS, rssMb: rss / MB };
}
