/** What a snapshot tells of jobs: one line of totals, and the agents in trouble. */
import type { JobFigures } from '@tenantry/core/snapshot';
import type { Cell } from './column.js';
import { formatCount, formatMs } from './format.js';
import type { Terminal } from './terminal.js';
import { packed, wrapped } from './wrapped.js';

/** Agents that are told of; `--json` has all. */
const MOST_AGENTS = 5;

export function jobLines(jobs: JobFigures | undefined, terminal: Terminal): string[] {
  if (jobs === undefined) return [];
  const between = terminal.hasUnicode ? ' · ' : ' | ';
  return [
    ...packed(jobCells(jobs), between, terminal),
    ...jobAlerts(jobs)
      .slice(0, MOST_AGENTS)
      .flatMap(({ text, tone }) => wrapped(text, terminal, tone)),
  ];
}

export function jobCells(jobs: JobFigures): Cell[] {
  const { queued, running, retrying, deadLetters, oldestWaitMs, deadLettersDropped } = jobs;
  const plain = (text: string): Cell => ({ text, tone: 'plain' });
  const cells: (Cell | false)[] = [
    plain(`jobs ${formatCount(running)} running`),
    plain(`${formatCount(queued)} queued`),
    { text: `${formatCount(retrying)} retrying`, tone: retrying > 0 ? 'warn' : 'plain' },
    plain(`done ${formatCount(jobs.doneTotal)}`),
    { text: `dead letters ${formatCount(deadLetters)}`, tone: deadLetters > 0 ? 'warn' : 'plain' },
    deadLettersDropped > 0 && { text: `dropped ${formatCount(deadLettersDropped)}`, tone: 'bad' },
    oldestWaitMs > 0 && plain(`oldest waits ${formatMs(oldestWaitMs)}`),
    !jobs.isDurable && { text: 'in memory only', tone: 'warn' },
  ];
  return cells.filter((cell) => cell !== false);
}

/** What must not be missed of jobs. */
export function jobAlerts(jobs: JobFigures | undefined): Cell[] {
  if (jobs === undefined) return [];
  const { isSound, agents } = jobs;
  const disk: Cell[] = isSound
    ? []
    : [{ text: 'the disk refuses to keep jobs: none is accepted or started', tone: 'bad' }];
  const failing = agents.filter((row) => row.isFailing);
  return [
    ...disk,
    ...failing.map(({ agent, consecutiveFailures, lastErrorCode }): Cell => {
      const why = lastErrorCode === null ? '' : ` (${lastErrorCode})`;
      const times = formatCount(consecutiveFailures);
      return {
        text: `jobs of ${agent} keep failing: ${times} attempts in a row${why}`,
        tone: 'bad',
      };
    }),
  ];
}
