/** A job as it is submitted: its first document, and what is refused of it. */
import { randomUUID } from 'node:crypto';
import { TenantryError, shown } from '../errors/errors.js';
import type { JobEntry } from './job-entry.js';
import type { ParsedJobRequest } from './job-request.js';
import type { JobDocument } from './job.js';

export function documentOf(
  asked: ParsedJobRequest,
  tenant: string,
  agent: string,
  epochMs: number,
): JobDocument {
  const { input, metadata, idempotencyKey, retry, deadlineMs, delayMs } = asked;
  return {
    version: 1,
    id: randomUUID(),
    tenant,
    agent,
    ...(input === undefined ? {} : { input }),
    metadata,
    idempotencyKey,
    retry,
    submittedAtMs: epochMs,
    deadlineMs,
    state: 'queued',
    stateAtMs: epochMs,
    delayMs,
    attempts: [],
    attemptCount: 0,
    countedAttempts: 0,
    resultLost: null,
  };
}

/** @throws TENANTRY_JOB_KEY_REUSED */
export function refuseOtherUse(
  { id, agent, tenant, doc }: JobEntry,
  asked: string,
  { input, metadata, idempotencyKey }: ParsedJobRequest,
): void {
  const payload = (one: { readonly input?: unknown; readonly metadata: unknown }): string =>
    JSON.stringify([one.input, one.metadata]);
  if (agent === asked && payload(doc) === payload({ input, metadata })) return;
  throw new TenantryError(
    'TENANTRY_JOB_KEY_REUSED',
    `idempotency key ${shown(idempotencyKey)}: job ${id} has it, and another agent or payload`,
    { tenant, details: { job: id } },
  );
}

export function settledError({ id, doc, tenant }: JobEntry): TenantryError {
  return new TenantryError('TENANTRY_JOB_SETTLED', `job ${id} is ${doc.state} already`, {
    tenant,
    details: { job: id, state: doc.state },
  });
}
