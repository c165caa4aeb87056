/**
 * What the snapshot says sessions have burnt, against what they count themselves. On each rung eight
 * sessions of four tenants burn 0.6 of a core in total for 20 s, each another share, in turns of 0.2 to
 * 30 ms; figures are taken before and after, while nobody burns. `cpuMaxErrorRatio` is that of the
 * session that is furthest off. `sumErrorRatio` is the sum of all sessions and `unattributed` against
 * the CPU time of the processes, read from `process.cpuUsage` and /proc.
 *
 * What is true is told in `agents/burner.ts`. Not the CPU clock around each turn: it lags by a tick
 * of the scheduler, and over short turns that adds up to 12 to 20 % too little (the column `by CPU
 * clock`, from Node 24 on). Not wall time less waiting alone: with the machine full, turns of 30 ms
 * took 800, and Linux counted the difference as neither run nor waited; all sessions together had
 * then burnt more than their processes. Not rounds times one price either: on Node 24 a round has more
 * than one price, by which compilation it runs in, and sessions were off by 14 % alike.
 *
 * To reach: 0.05 each. Measured on 2026-11-24, two cores shared with other work, largest error by rung:
 *
 *                     load      coroutine  thread  process   sum
 *   Node 20.20.2      1.1-1.4   0.012      0.047   0.056     0.0002
 *                     1.7-2.8   0.023      0.061   0.099     0.0010
 *   Node 24.21.0      1.1-1.6   0.023      0.150   0.116     0.0001
 *                     2.8       0.038      0.143   0.084     0.0006
 *
 * The sum is reached always, a coroutine always, an isolate seldom. What is too much there is 10 to 70
 * ms a session in 20 s, 0.1 to 0.3 % of a core, mostly in the smallest sessions (261 ms on Node 24, whose
 * compiler makes them burn half of what they plan); large ones are off by 1 to 5 %. A part of it is real:
 * timers and promises of a turn. Where the rest comes from is not known.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Burnt } from './agents/burner.js';
import type { Bench } from './bench.js';
import { toTable } from './print.js';

const RUNGS = ['coroutine', 'thread', 'process'] as const;
type Rung = (typeof RUNGS)[number];

export interface AttributionAnswer {
  /** What each says it has burnt, and what the snapshot says of it. */
  readonly sessions: readonly (Burnt & { readonly countedMs: number })[];
  /** Of the snapshot: all sessions and what belongs to none. */
  readonly sumMs: number;
  readonly processCpuMs: number;
}

export const bench: Bench = {
  about: 'what the snapshot counts of CPU that sessions burn, on each rung',
  targets: [
    {
      what: 'a session, the one with the largest error',
      unit: '',
      value: (results) => results['cpuMaxErrorRatio']!,
      atMost: 0.05,
    },
    {
      what: 'the sum of all rows against the processes',
      unit: '',
      value: (results) => results['sumErrorRatio']!,
      atMost: 0.05,
    },
  ],
  async run(note) {
    const results: Record<string, number> = { cpuMaxErrorRatio: 0, sumErrorRatio: 0 };
    for (const rung of RUNGS) {
      const answer = await measured(rung);
      const errors = answer.sessions.map(({ burntMs, countedMs }) => off(countedMs, burntMs));
      const sumError = off(answer.sumMs, answer.processCpuMs);
      results[`${rung}MaxErrorRatio`] = Math.max(...errors);
      results[`${rung}SumErrorRatio`] = sumError;
      results['cpuMaxErrorRatio'] = Math.max(results['cpuMaxErrorRatio']!, ...errors);
      results['sumErrorRatio'] = Math.max(results['sumErrorRatio']!, sumError);
      note(
        toTable(
          [rung, 'burns', 'burnt', 'waited', 'by CPU clock', 'counted', 'error'],
          toRows(answer),
        ),
      );
      note(`rows add up to ${ms(answer.sumMs)} of the processes' ${ms(answer.processCpuMs)}`);
    }
    return results;
  },
};

function off(countedMs: number, trueMs: number): number {
  return Math.abs(countedMs - trueMs) / trueMs;
}

function toRows({ sessions }: AttributionAnswer): string[][] {
  return sessions.map(({ turns, burntMs, waitedMs, clockMs, countedMs }, index) => [
    `session ${index + 1}`,
    `${turns}`,
    ms(burntMs),
    ms(waitedMs),
    clockMs === null ? '' : ms(clockMs),
    ms(countedMs),
    `${(((countedMs - burntMs) / burntMs) * 100).toFixed(1)} %`,
  ]);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

async function measured(rung: Rung): Promise<AttributionAnswer> {
  const entry = fileURLToPath(new URL('./attribution-accuracy-entry.js', import.meta.url));
  const child = fork(entry, [rung]);
  const [answer] = (await once(child, 'message')) as [AttributionAnswer];
  if (child.exitCode === null) await once(child, 'exit');
  return answer;
}
