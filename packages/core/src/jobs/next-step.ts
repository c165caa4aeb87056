/** Pure: a job's document and what has happened make the next document. */
import { TenantryError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import type { EndReason } from '../vocabulary/end-reason.js';
import type { Rung } from '../vocabulary/rung.js';
import type { JobAttempt, JobDocument, JobError } from './job.js';
import { stepJob, type JobState } from './job-state.js';

/** Attempts whose story is kept; how many there were is counted. */
const MOST_ATTEMPTS = 20;
const LONGEST_MESSAGE = 1_000;
const LONGEST_STACK = 2_000;

/** How the session of a job ended. */
export interface JobEnd {
  readonly reason: EndReason;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly session: string;
  readonly rung: Rung;
  readonly durationMs: number;
}

/** About to enter the agent: durable before it does. */
export function started(job: JobDocument, epochMs: number): JobDocument {
  const attempt: JobAttempt = {
    attempt: job.attemptCount + 1,
    startedAtMs: epochMs,
    durationMs: null,
    reason: null,
    rung: null,
    session: null,
    isCounted: true,
    error: null,
  };
  return {
    ...to(job, 'running', epochMs),
    attempts: [...job.attempts, attempt].slice(-MOST_ATTEMPTS),
    attemptCount: job.attemptCount + 1,
    countedAttempts: job.countedAttempts + 1,
  };
}

export function completed(
  job: JobDocument,
  end: JobEnd,
  maxResultBytes: number,
  epochMs: number,
): JobDocument {
  const done = { ...to(withEnd(job, end, true), 'done', epochMs) };
  if (end.result === undefined) return done;
  let json: string | undefined;
  try {
    json = JSON.stringify(end.result);
  } catch {
    // A cycle or a bigint, which a message may carry and JSON may not.
  }
  if (json === undefined) return { ...done, resultLost: 'not-json' };
  if (Buffer.byteLength(json) > maxResultBytes) return { ...done, resultLost: 'too-large' };
  return { ...done, result: JSON.parse(json) as unknown };
}

/** One of its attempts has failed: another follows after `delayMs`, or none. */
export function failed(
  job: JobDocument,
  end: JobEnd,
  delayMs: number,
  epochMs: number,
): JobDocument {
  return afterFailure(withEnd(job, end, true), delayMs, epochMs);
}

export function cancelledInRun(job: JobDocument, end: JobEnd, epochMs: number): JobDocument {
  return to(withEnd(job, end, true), 'cancelled', epochMs);
}

/** Ended by no fault of its own: it is queued again, and the attempt does not count. */
export function putBack(job: JobDocument, end: JobEnd | null, epochMs: number): JobDocument {
  const told = end === null ? withoutLast(job) : withEnd(job, end, false);
  return { ...to(told, 'queued', epochMs), countedAttempts: job.countedAttempts - 1 };
}

/** Entered, as far as the disk knows, and then refused in a way that counts. */
export function refusedInRun(
  job: JobDocument,
  error: unknown,
  delayMs: number,
  epochMs: number,
): JobDocument {
  const told = lastBecomes(job, { reason: 'refused', error: keptError(error), durationMs: 0 });
  return afterFailure(told, delayMs, epochMs);
}

/** Its process ended under it: whether the agent was entered, and how far it came, is not known. */
export function interrupted(job: JobDocument, delayMs: number, epochMs: number): JobDocument {
  const error: JobError = {
    name: 'TenantryError',
    message: 'the process ended while the job ran, or was about to',
    code: 'TENANTRY_JOB_INTERRUPTED',
    stack: null,
  };
  return afterFailure(lastBecomes(job, { reason: 'interrupted', error }), delayMs, epochMs);
}

/** No other try would go better, or there is no time for one. */
export function buried(
  job: JobDocument,
  reason: 'refused' | 'deadline',
  error: unknown,
  epochMs: number,
): JobDocument {
  if (job.state === 'running') {
    const told = lastBecomes(job, { reason, error: keptError(error), durationMs: 0 });
    return to(told, 'dead_letter', epochMs);
  }
  const attempt: JobAttempt = {
    attempt: job.attemptCount + 1,
    startedAtMs: epochMs,
    durationMs: 0,
    reason,
    rung: null,
    session: null,
    isCounted: true,
    error: keptError(error),
  };
  return {
    ...to(job, 'dead_letter', epochMs),
    attempts: [...job.attempts, attempt].slice(-MOST_ATTEMPTS),
    attemptCount: job.attemptCount + 1,
  };
}

/** Its deadline has passed before it could be started. */
export function tooLate(job: JobDocument, epochMs: number): JobDocument {
  const limitMs = job.deadlineMs;
  const error = new TenantryError(
    'TENANTRY_JOB_DEADLINE',
    `job ${job.id} was not started within ${limitMs} ms`,
    { tenant: job.tenant, details: { limitMs } },
  );
  return buried(job, 'deadline', error, epochMs);
}

export function cancelled(job: JobDocument, epochMs: number): JobDocument {
  return to(job, 'cancelled', epochMs);
}

/** By hand: with all of its attempts before it again, and no deadline any more. */
export function revived(job: JobDocument, epochMs: number): JobDocument {
  return { ...to(job, 'queued', epochMs), countedAttempts: 0, deadlineMs: null };
}

function afterFailure(job: JobDocument, delayMs: number, epochMs: number): JobDocument {
  if (job.countedAttempts >= job.retry.maxAttempts) return to(job, 'dead_letter', epochMs);
  return { ...to(job, 'retrying', epochMs), delayMs };
}

function to(job: JobDocument, state: JobState, epochMs: number): JobDocument {
  return { ...job, state: stepJob(job.state, state), stateAtMs: epochMs, delayMs: 0 };
}

function withEnd(job: JobDocument, end: JobEnd, isCounted: boolean): JobDocument {
  const { reason, rung, session, durationMs } = end;
  const error = end.error === undefined ? null : keptError(end.error);
  return lastBecomes(job, { reason, rung, session, durationMs, isCounted, error });
}

function lastBecomes(job: JobDocument, what: Partial<JobAttempt>): JobDocument {
  const last = job.attempts.at(-1)!;
  return { ...job, attempts: [...job.attempts.slice(0, -1), { ...last, ...what }] };
}

function withoutLast(job: JobDocument): JobDocument {
  return { ...job, attempts: job.attempts.slice(0, -1), attemptCount: job.attemptCount - 1 };
}

function keptError(thrown: unknown): JobError {
  const { name, message, code, stack } = toWireError(thrown);
  return {
    name: name.slice(0, 100),
    message: message.slice(0, LONGEST_MESSAGE),
    code: code?.slice(0, 100) ?? null,
    stack: stack?.slice(0, LONGEST_STACK) ?? null,
  };
}
