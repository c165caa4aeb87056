/**
 * The states of a job, and which may follow which.
 *
 *   queued ────▶ running ────▶ done
 *     ▲  ▲          │ │
 *     │  └──────────┘ └─ fails ─▶ retrying ──▶ running
 *     │   put back                   │
 *     └── by hand ── dead_letter ◀───┘ attempts used up, or bad input
 *
 * `cancelled` can follow each of queued, running and retrying. What moves a job is left to
 * `next-step.ts`.
 */
import { TenantryError } from '../errors/errors.js';

export const JOB_STATES = [
  'queued',
  'running',
  'retrying',
  'done',
  'dead_letter',
  'cancelled',
] as const;
export type JobState = (typeof JOB_STATES)[number];

const MAY_FOLLOW: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['running', 'dead_letter', 'cancelled'],
  running: ['done', 'queued', 'retrying', 'dead_letter', 'cancelled'],
  retrying: ['running', 'dead_letter', 'cancelled'],
  done: [],
  dead_letter: ['queued'],
  cancelled: [],
};

/** @throws TENANTRY_INTERNAL when `to` may not follow `from` */
export function stepJob(from: JobState, to: JobState): JobState {
  if (MAY_FOLLOW[from].includes(to)) return to;
  throw new TenantryError('TENANTRY_INTERNAL', `a job that is ${from} cannot become ${to}`);
}

/** Whether nothing more happens to it by itself. */
export function isSettled(state: JobState): boolean {
  return state === 'done' || state === 'dead_letter' || state === 'cancelled';
}
