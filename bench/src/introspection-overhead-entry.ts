/** The process in which `introspection-overhead.bench.ts` measures one run: sessions, rounds, on or off. */
import process from 'node:process';
import type { FramedInput } from './agents/framed.js';
import framed from './agents/framed.js';
import type { OverheadAnswer } from './introspection-overhead.bench.js';
import { wheel } from './overhead/wheel.js';
import { startedPool } from './tenantry.js';

const TENANTS = 20;
/** Until the observer has booted and its boot's garbage is gone. */
const SETTLE_MS = 400;
const WARM_UP_MS = 700;
const MEASURED_MS = 1_800;
const US_PER_S = 1_000_000;
const MS_PER_S = 1_000;
const MB = 1_048_576;

const [, , sessions, roundsPerFrame, isOn] = process.argv;
const collect = (globalThis as { gc?: () => void }).gc!;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const count = Number(sessions);
const pool = await startedPool({
  maxConcurrentSessions: count,
  enableIntrospection: isOn === 'on',
});
await pause(SETTLE_MS);
collect();
const rssMb = process.memoryUsage.rss() / MB;
for (let index = 0; index < count; index += 1) {
  const input: FramedInput = { slot: index, roundsPerFrame: Number(roundsPerFrame) };
  const session = await pool.open({ tenant: `tenant-${index % TENANTS}`, agent: framed, input });
  void session.done;
}
wheel.start();
await pause(WARM_UP_MS);
wheel.takeLatenessMs();
const before = process.cpuUsage();
const startMs = performance.now();
await pause(MEASURED_MS);
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - startMs) / MS_PER_S;
const latenessMs = wheel.takeLatenessMs().sort((a, b) => a - b);
wheel.stop();
await pool.close();
const answer: OverheadAnswer = {
  cpuRatio: (user + system) / US_PER_S / seconds,
  p99Ms: latenessMs[Math.floor(latenessMs.length * 0.99)]!,
  framesPerS: latenessMs.length / seconds,
  rssMb,
};
process.send!(answer, () => process.exit(0));
