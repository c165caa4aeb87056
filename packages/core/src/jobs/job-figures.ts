/** What a snapshot tells of jobs. */
import { FAILING_AFTER } from './job-counts.js';
import type { JobBook } from './job-book.js';
import type { JobDesk } from './job-desk.js';
import type { JobFigures } from '../snapshot/job-figures.js';

/** Agents that are told of, those in trouble first. */
const MOST_AGENTS = 100;

export function jobFigures(book: JobBook, desk: JobDesk, nowMs: number): JobFigures {
  const oldest = new Map<string, number>();
  let oldestWaitMs = 0;
  for (const job of desk.firsts()) {
    const waitMs = Math.max(0, nowMs - job.waitsSinceMs);
    oldestWaitMs = Math.max(oldestWaitMs, waitMs);
    oldest.set(job.agent, Math.max(oldest.get(job.agent) ?? 0, waitMs));
  }
  const agents = [...book.counts.agents()].map(([agent, counts]) => ({
    agent,
    queued: counts.states.queued,
    running: counts.states.running,
    retrying: counts.states.retrying,
    deadLetters: counts.states.dead_letter,
    consecutiveFailures: counts.consecutiveFailures,
    isFailing: counts.consecutiveFailures >= FAILING_AFTER,
    lastErrorCode: counts.lastErrorCode,
    oldestWaitMs: oldest.get(agent) ?? 0,
  }));
  agents.sort(
    (one, other) =>
      other.consecutiveFailures - one.consecutiveFailures ||
      other.deadLetters - one.deadLetters ||
      other.queued + other.retrying - (one.queued + one.retrying) ||
      (one.agent < other.agent ? -1 : 1),
  );
  const { queued, running, retrying, done, dead_letter: deadLetters } = book.counts.all;
  return {
    isDurable: book.isDurable,
    isSound: book.isSound,
    queued,
    running,
    retrying,
    doneKept: done,
    deadLetters,
    submittedTotal: book.totals.submitted,
    doneTotal: book.totals.done,
    deadLettersDropped: book.totals.deadLettersDropped,
    storedBytes: book.storedBytes,
    oldestWaitMs,
    agents: agents.slice(0, MOST_AGENTS),
  };
}
