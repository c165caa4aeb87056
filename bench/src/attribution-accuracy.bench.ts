/** HEADER */
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
