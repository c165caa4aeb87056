/** The metrics of jobs. */
import type { JobFigures } from '../snapshot/job-figures.js';
import type { MetricFamily } from './metric-family.js';
import { family, inSeconds, valued } from './metric-table.js';

/** Of a pool that has had no job, all at 0: the first one is an increase then. */
const NONE: JobFigures = {
  isDurable: false,
  isSound: true,
  queued: 0,
  running: 0,
  retrying: 0,
  doneKept: 0,
  deadLetters: 0,
  submittedTotal: 0,
  doneTotal: 0,
  deadLettersDropped: 0,
  storedBytes: 0,
  oldestWaitMs: 0,
  agents: [],
};

export function jobFamilies(jobs: JobFigures = NONE): MetricFamily[] {
  const { queued, running, retrying, doneKept, deadLetters, agents } = jobs;
  const states = { queued, running, retrying, done: doneKept, dead_letter: deadLetters };
  return [
    family(
      'tenantry_jobs',
      Object.entries(states).map(([state, count]) => valued(count, { state })),
    ),
    family('tenantry_jobs_submitted', [valued(jobs.submittedTotal)]),
    family('tenantry_jobs_done', [valued(jobs.doneTotal)]),
    family('tenantry_dead_letters_dropped', [valued(jobs.deadLettersDropped)]),
    family('tenantry_jobs_stored_bytes', [valued(jobs.storedBytes)]),
    family('tenantry_jobs_oldest_wait_seconds', [inSeconds(jobs.oldestWaitMs)]),
    family('tenantry_jobs_writable', [valued(jobs.isSound ? 1 : 0)]),
    family(
      'tenantry_agent_job_failures',
      agents.map(({ agent, consecutiveFailures }) => valued(consecutiveFailures, { agent })),
    ),
  ];
}
