/**
 * What introspection costs: the same sessions in a process of their own with it and without it, in
 * turns, each first every other time. A session works on a frame every 20 ms, with nine awaits: 150 us
 * of arithmetic where there are 50 sessions, 8 us where there are 500 and 1,000. One timer wakes them
 * all, the same with and without. `cpuOverheadRatio` is CPU seconds of the whole process, observer
 * thread included, per second, on less off: the median of five pairs' differences over 1.8 s each.
 * `p99AddedMs` is the same of the 99th percentile of how long after it was due a frame was done.
 * `rssMb` is what a pool has more before its first session.
 *
 * To reach: 0.01, 0.05 and 0.1 of a core; 1 ms; 20 MB. Measured on 2026-11-24, two cores shared with
 * other work, CPU added with 50, 500 and 1,000 sessions, p99 added, RSS:
 *
 *   Node 20.20.2   load 0.6-1.3  0.015 0.038 0.066   0.3 0.3 0.8 ms    17.8 MB
 *                  load 3.4-4.4  0.018 0.050 0.023   1.9 -2.1 2.3 ms   17.9 MB
 *   Node 24.21.0   load 1.0-1.2  0.013 0.047 0.095   1.2 0.1 3.0 ms    21.6 MB
 *                  load 2.0-3.4  0.019 0.051 0.088   1.7 1.9 11.9 ms   22.5 MB
 *   Node 20.20.2   load 0.3-0.4  0.016 0.042 0.061   0.1 1.6 0.1 ms    17.7 MB  (one held a second)
 *
 * Off, a frame's p99 is 2 to 3 ms on a quiet machine and 2.4 to 8.6 ms on a busy one, so what is added
 * there says more of the neighbours than of us. Missed: 50 sessions, always. An idle pool costs 0.011:
 * observer 0.005 (50 looks a second; a worker thread that only wakes 50 times costs 0.003, a look at the
 * kernel's clock 0.0015), main thread 0.006 (50 beats, and snapshots that the observer holds: 1.1 ms
 * each with 50 sessions). Tried: one held snapshot a second in place of two (the last row; the others
 * are of two), and beats that read neither clock, heap nor inspector (idle 4.7 ms a second with all of
 * it, 5.0 without: no difference): what costs is to be woken a hundred times a second, on two threads.
 * Missed: RSS on Node 24, by 2 MB; an empty worker thread alone has 10.7 MB there (7.8 on Node 20).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bench, Results } from './bench.js';
import { median } from './harness.js';
import { work } from './overhead/wheel.js';
import { toTable } from './print.js';

const PAIRS = 5;

interface Load {
  readonly sessions: 50 | 500 | 1_000;
  readonly workUs: number;
  readonly atMostRatio: number;
}

const LOADS: readonly Load[] = [
  { sessions: 50, workUs: 150, atMostRatio: 0.01 },
  { sessions: 500, workUs: 8, atMostRatio: 0.05 },
  { sessions: 1_000, workUs: 8, atMostRatio: 0.1 },
];

export interface OverheadAnswer {
  /** Seconds of CPU per second, all threads of the process. */
  readonly cpuRatio: number;
  /** From when a frame was due until it was done. */
  readonly p99Ms: number;
  readonly framesPerS: number;
  /** Before the first session. */
  readonly rssMb: number;
}

type State = 'on' | 'off';
type Runs = Record<State, OverheadAnswer[]>;

const figure = (
  key: string,
  what: string,
  atMost: number,
  unit: string,
): Bench['targets'][number] => ({
  what,
  unit,
  value: (results: Results) => results[key]!,
  atMost,
});

export const bench: Bench = {
  about: 'what introspection costs: 50, 500 and 1,000 sessions with 50 frames a second, on and off',
  targets: [
    ...LOADS.flatMap(({ sessions, atMostRatio }) => [
      figure(`cpuOverheadRatio${sessions}`, `CPU added, ${sessions} sessions`, atMostRatio, 'core'),
      figure(`p99AddedMs${sessions}`, `p99 of a frame added, ${sessions} sessions`, 1, 'ms'),
    ]),
    figure('rssMb', 'RSS added by the observer', 20, 'MB'),
  ],
  async run(note) {
    const roundsPerUs = calibrate();
    const runs = new Map<Load, Runs>(LOADS.map((load) => [load, { on: [], off: [] }]));
    for (let pair = 0; pair < PAIRS; pair += 1) {
      for (const [load, both] of runs) {
        // Each goes first every other time.
        const order: State[] = pair % 2 === 0 ? ['off', 'on'] : ['on', 'off'];
        for (const state of order) {
          both[state].push(await measured(load, load.workUs * roundsPerUs, state));
        }
      }
    }
    note(
      toTable(
        ['sessions', 'CPU off', 'CPU on', 'p99 off', 'p99 on', 'frames/s', 'CPU added, each pair'],
        [...runs].map(([load, both]) => toRow(load, both)),
      ),
    );
    const results: Record<string, number> = {};
    for (const [{ sessions }, both] of runs) {
      results[`cpuOverheadRatio${sessions}`] = added(both, ({ cpuRatio }) => cpuRatio);
      results[`p99AddedMs${sessions}`] = added(both, ({ p99Ms }) => p99Ms);
      for (const state of ['off', 'on'] as const) {
        results[`cpuRatio${sessions}${state}`] = median(both[state].map((run) => run.cpuRatio));
        results[`p99Ms${sessions}${state}`] = median(both[state].map((run) => run.p99Ms));
      }
    }
    const all: Runs = { on: [], off: [] };
    for (const both of runs.values()) {
      all.on.push(...both.on);
      all.off.push(...both.off);
    }
    results['rssMb'] = added(all, (run) => run.rssMb);
    return results;
  },
};

/** Of the pairs' differences: what slows the machine down for a while slows both of a pair. */
function differences({ on, off }: Runs, of: (run: OverheadAnswer) => number): number[] {
  return on.map((run, pair) => of(run) - of(off[pair]!));
}

function added(both: Runs, of: (run: OverheadAnswer) => number): number {
  return median(differences(both, of));
}

function toRow({ sessions }: Load, both: Runs): string[] {
  const of = (state: State, value: (run: OverheadAnswer) => number, digits: number): string =>
    median(both[state].map(value)).toFixed(digits);
  const pairs = differences(both, ({ cpuRatio }) => cpuRatio);
  return [
    `${sessions}`,
    of('off', ({ cpuRatio }) => cpuRatio, 3),
    of('on', ({ cpuRatio }) => cpuRatio, 3),
    `${of('off', ({ p99Ms }) => p99Ms, 2)} ms`,
    `${of('on', ({ p99Ms }) => p99Ms, 2)} ms`,
    of('on', ({ framesPerS }) => framesPerS, 0),
    pairs.map((ratio) => ratio.toFixed(3)).join(' '),
  ];
}

/** Rounds of work that take a microsecond here; the same number for every run. */
function calibrate(): number {
  const ROUNDS = 1_000_000;
  const lengthsUs = Array.from({ length: 9 }, () => {
    const startMs = performance.now();
    if (work(ROUNDS) === 0) throw new Error('nothing was worked');
    return (performance.now() - startMs) * 1_000;
  });
  return ROUNDS / median(lengthsUs);
}

async function measured(
  { sessions }: Load,
  roundsPerFrame: number,
  state: State,
): Promise<OverheadAnswer> {
  const entry = fileURLToPath(new URL('./introspection-overhead-entry.js', import.meta.url));
  const child = fork(entry, [`${sessions}`, `${Math.round(roundsPerFrame)}`, state], {
    execArgv: ['--expose-gc'],
  });
  const [answer] = (await once(child, 'message')) as [OverheadAnswer];
  if (child.exitCode === null) await once(child, 'exit');
  return answer;
}
