/** What is kept of a job: plain JSON, whole in every record, so that the last whole record is enough. */
import { z } from 'zod';
import { END_REASONS } from '../vocabulary/end-reason.js';
import { RUNGS } from '../vocabulary/rung.js';
import { JOB_STATES } from './job-state.js';

const epochMs = z.number();
const count = z.int().min(0);

const JobError = z.object({
  name: z.string(),
  message: z.string(),
  code: z.string().nullable(),
  stack: z.string().nullable(),
});
/** An error as it is kept; its text is cut to a bounded length. */
export type JobError = Readonly<z.output<typeof JobError>>;

/**
 * Beside a session's own reasons: `interrupted`, its process ended under it; `refused`, it was not
 * started; `deadline`, it was not started in time.
 */
const ATTEMPT_ENDS = [...END_REASONS, 'interrupted', 'refused', 'deadline'] as const;

const JobAttempt = z.object({
  /** From 1; every time the agent was entered counts, and a refusal that ended the job. */
  attempt: count,
  startedAtMs: epochMs,
  /** Null while it runs, and of one that was interrupted. */
  durationMs: z.number().nullable(),
  /** Null while it runs. */
  reason: z.enum(ATTEMPT_ENDS).nullable(),
  /** Null where it never ran, or is not known to have. */
  rung: z.enum(RUNGS).nullable(),
  session: z.string().nullable(),
  /** Whether it is one of `maxAttempts`: one that a drain ended is not. */
  isCounted: z.boolean(),
  error: JobError.nullable(),
});
/** One try of a job. */
export type JobAttempt = Readonly<z.output<typeof JobAttempt>>;

export const RetryRules = z.object({
  maxAttempts: z.int().min(1).max(1_000),
  baseDelayMs: z.number().min(0),
  maxDelayMs: z.number().min(0),
});
export type RetryRules = Readonly<z.output<typeof RetryRules>>;

export const JobDocument = z.object({
  version: z.literal(1),
  id: z.string(),
  tenant: z.string(),
  agent: z.string(),
  /** Exactly as submitted; left out where there was none. */
  input: z.unknown().optional(),
  metadata: z.record(z.string(), z.unknown()),
  idempotencyKey: z.string().nullable(),
  retry: RetryRules,
  submittedAtMs: epochMs,
  /** From its submission; it is not started later. */
  deadlineMs: z.number().nullable(),
  state: z.enum(JOB_STATES),
  stateAtMs: epochMs,
  /** From `stateAtMs` on, it is not started for so long. */
  delayMs: z.number(),
  /** The latest ones, oldest first. */
  attempts: z.array(JobAttempt),
  /** How many there were. */
  attemptCount: count,
  /** Of `maxAttempts`; a retry by hand begins anew. */
  countedAttempts: count,
  /** What the agent returned, where it is JSON of bounded size. */
  result: z.unknown().optional(),
  /** Why there is no result although the job is done; null otherwise. */
  resultLost: z.enum(['not-json', 'too-large']).nullable(),
});
/** What is durable of a job. Never changed: each step makes another one. */
export type JobDocument = Readonly<z.output<typeof JobDocument>>;

/** A job as it is told. */
export interface JobRecord extends Omit<JobDocument, 'version' | 'attempts'> {
  readonly attempts: readonly JobAttempt[];
  /** False where it is in memory only: it ends with the process. */
  readonly isDurable: boolean;
  /** Until it may start; null unless it waits for a time. */
  readonly nextTryInMs: number | null;
  /** Why it is not started although it could be: the code it was last refused with; null otherwise. */
  readonly heldBy: string | null;
}

/** One line of a list of jobs: without what is submitted and returned. */
export type JobSummary = Omit<JobRecord, 'input' | 'metadata' | 'result' | 'attempts'> & {
  readonly lastError: JobError | null;
};

export function summaryOf(job: JobRecord): JobSummary {
  const { input: _i, metadata: _m, result: _r, attempts, ...rest } = job;
  return { ...rest, lastError: attempts.at(-1)?.error ?? null };
}
