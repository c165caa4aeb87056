/** Dead letters, of a pool that runs or out of its file. How they look is left to the view. */
import path from 'node:path';
import type { JobRecord, JobSummary } from '@tenantry/core';
import { TenantryError, askInspector } from '@tenantry/core/internal';
import { readJobs, type JobDocument } from '@tenantry/core/internal/host';
import { readingFile } from './audit-trail.js';

/** What a table shows of one; the same of a pool and of a file. */
export type DeadLetterRow = Pick<
  JobSummary,
  'id' | 'tenant' | 'agent' | 'stateAtMs' | 'attemptCount' | 'lastError'
>;
/** All of one. */
export type DeadLetter = Pick<JobRecord, Exclude<keyof JobDocument, 'version'>>;

export interface DeadLetterList {
  /** How many there are; `jobs` may be fewer. */
  readonly total: number;
  /** Newest first. */
  readonly jobs: readonly DeadLetterRow[];
  readonly isDamaged: boolean;
}

const SHORTEST_PREFIX = 8;

export const jobFileIn = (stateDir: string): string => path.join(stateDir, 'jobs.jsonl');

/** @throws what the pool refused it with, TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_* */
export async function askDeadLetters(
  socket: string,
  tenant: string | null,
  limit: number,
): Promise<DeadLetterList> {
  const reply = await askInspector(socket, {
    command: 'deadletters',
    action: 'list',
    tenant,
    limit,
  });
  const { total, jobs } = fieldsOf(reply);
  if (typeof total !== 'number' || !Array.isArray(jobs)) throw noReply(socket);
  return { total, jobs: jobs as DeadLetterRow[], isDamaged: false };
}

/** Throws as `askDeadLetters` does. */
export async function askDeadLetter(socket: string, job: string): Promise<DeadLetter> {
  const reply = await askInspector(socket, { command: 'deadletters', action: 'show', job });
  const { id, attempts } = fieldsOf(reply);
  if (typeof id !== 'string' || !Array.isArray(attempts)) throw noReply(socket);
  return reply as DeadLetter;
}

/** @throws TENANTRY_FILE_UNREADABLE */
export async function readDeadLetters(
  stateDir: string,
  tenant: string | null,
  limit: number,
): Promise<DeadLetterList> {
  const { dead, isDamaged } = await deadIn(stateDir);
  const its = dead.filter((job) => tenant === null || job.tenant === tenant);
  const jobs = its.slice(0, limit).map((job) => ({
    ...job,
    lastError: job.attempts.at(-1)?.error ?? null,
  }));
  return { total: its.length, jobs, isDamaged };
}

/** @throws TENANTRY_JOB_UNKNOWN, TENANTRY_FILE_UNREADABLE */
export async function readDeadLetter(stateDir: string, job: string): Promise<DeadLetter> {
  const { dead } = await deadIn(stateDir);
  const alike = dead.filter(
    ({ id }) => id === job || (job.length >= SHORTEST_PREFIX && id.startsWith(job)),
  );
  if (alike.length === 1) return alike[0]!;
  const how = alike.length === 0 ? 'none of this id' : `${alike.length} begin so`;
  throw new TenantryError(
    'TENANTRY_JOB_UNKNOWN',
    `${jobFileIn(stateDir)}: dead letter ${job}: ${how}`,
  );
}

async function deadIn(
  stateDir: string,
): Promise<{ readonly dead: readonly JobDocument[]; readonly isDamaged: boolean }> {
  const file = jobFileIn(stateDir);
  const { jobs, isDamaged } = await readingFile(file, () => readJobs(file));
  const dead = jobs.filter(({ state }) => state === 'dead_letter');
  return { dead: dead.sort((one, other) => other.stateAtMs - one.stateAtMs), isDamaged };
}

function fieldsOf(reply: unknown): Readonly<Record<string, unknown>> {
  return typeof reply === 'object' && reply !== null ? (reply as Record<string, unknown>) : {};
}

function noReply(socket: string): TenantryError {
  return new TenantryError(
    'TENANTRY_INSPECTOR_REPLY_INVALID',
    `${socket}: the reply tells of no dead letters`,
  );
}
