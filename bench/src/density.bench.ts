/**
 * What sessions and isolates weigh at rest. An idle coroutine session has exchanged one message, its
 * agent waits for the next one, and its client holds the handle and waits for the outcome; 10,000 of
 * them of 100 tenants in a process of their own, measured after a full collection. A thread is the
 * growth of that process's RSS by 20 isolates, a child is its proportional share (PSS); each holds
 * one idle session. `rawWorkerMb` and `rawForkPssMb` are the same without us: an empty worker, an empty
 * child. Medians of three processes, RSS the largest of them. Children need Linux's smaps.
 *
 * `loopP99Ms` is how late one loop is that serves so many calls in real time, each a session that hears
 * real speech in frames of 30 ms and answers each one with what WebRTC's voice-activity detector says of
 * it; introspection is on, the client sides are on the same loop. 99th percentile over 3 s, median of
 * three processes, by Node's probe of 1 ms less its period; without a call it is the machine's lag.
 *
 * To reach: 6 KB a session, 200 MB with 10,000, 12 MB a thread, 2 ms with up to 100 calls.
 * Measured on 2026-11-24, two cores shared with other work (load 1.6 to 2.5):
 *
 *                 session  10,000  thread (empty)  child (empty) PSS  p99 with 0 10 25 50 100 500 calls
 *   Node 20.20.2  4.2 KB   134 MB  11.6 MB (7.8)   29 MB (8.8)        0.33 0.70 1.4 1.1 1.0 0.61 ms
 *   Node 24.21.0  4.0 KB   167 MB  16.0 MB (10.7)  34 MB (11.2)       0.19 0.64 0.21 0.20 0.27 0.41 ms
 *
 * RSS with 0 to 500 calls: 89 to 123 MB, on Node 24 101 to 130 MB. All reached on Node 20; on Node 24 a
 * thread misses, by as much as an empty one is larger and by 1.5 MB. With more work beside it than the
 * machine has cores the loop is 3 to 4 ms late with 10 to 100 calls and 9 with 500. A child has no target:
 * it holds a supervising loop beside the thread isolate, two heaps and what each of them loads.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bench, Results } from './bench.js';
import { interleave, median } from './harness.js';

const ROUNDS = 3;
/** OpenRTC's throughput table; without a call it is the machine's own lag. */
const CALLS = [0, 10, 25, 50, 100, 500];

export const bench: Bench = {
  about:
    'memory at rest of sessions, threads and children; how late a loop is with 10 to 500 calls',
  targets: [
    {
      what: 'an idle coroutine session',
      unit: 'KB',
      value: (results) => results['coroutineKbPerIdleSession']!,
      atMost: 6,
    },
    {
      what: 'process with 10,000 idle sessions',
      unit: 'MB RSS',
      value: (results) => results['rssMbAt10000']!,
      atMost: 200,
    },
    {
      what: 'a thread isolate',
      unit: 'MB RSS',
      value: (results) => results['threadMb']!,
      atMost: 12,
    },
    ...CALLS.filter((calls) => calls > 0 && calls <= 100).map((calls) => ({
      what: `lag of a loop with ${calls} calls, p99`,
      unit: 'ms',
      value: (results: Results) => results[`loopP99Ms${calls}`]!,
      atMost: 2,
    })),
  ],
  async run() {
    const names = ['coroutine', 'thread', 'process', 'rawWorker', 'rawFork'] as const;
    const rss: number[] = [];
    const measured = await interleave(
      names.map((name) => ({
        name,
        measure: async () => {
          const { value, rssMb } = await inOwnProcess(name);
          if (rssMb !== undefined) rss.push(rssMb);
          return value;
        },
      })),
      ROUNDS,
    );
    const calls = await measureAllCalls();
    return {
      coroutineKbPerIdleSession: measured.get('coroutine')!,
      rssMbAt10000: Math.max(...rss),
      threadMb: measured.get('thread')!,
      processPssMb: measured.get('process')!,
      rawWorkerMb: measured.get('rawWorker')!,
      rawForkPssMb: measured.get('rawFork')!,
      ...calls,
    };
  },
};

export interface DensityAnswer {
  readonly value: number;
  readonly rssMb?: number;
}

async function measureAllCalls(): Promise<Results> {
  const rss = new Map<number, number[]>(CALLS.map((calls) => [calls, []]));
  const lag = await interleave(
    CALLS.map((calls) => ({
      name: `loopP99Ms${calls}`,
      measure: async () => {
        const { value, rssMb } = await inOwnProcess('calls', `${calls}`);
        rss.get(calls)!.push(rssMb!);
        return value;
      },
    })),
    ROUNDS,
  );
  const weights = [...rss].map(([calls, mb]) => [`rssMb${calls}`, median(mb)]);
  return { ...Object.fromEntries(lag), ...(Object.fromEntries(weights) as Results) };
}

async function inOwnProcess(...what: string[]): Promise<DensityAnswer> {
  const entry = fileURLToPath(new URL('./density-entry.js', import.meta.url));
  const child = fork(entry, what, { execArgv: ['--expose-gc'] });
  const [answer] = (await once(child, 'message')) as [DensityAnswer];
  if (child.exitCode === null) await once(child, 'exit');
  return answer;
}
