/** What a dead letter says of a session, as a recording of it: what it was given, and how it ended. */
import { END_REASONS, TenantryError, type SessionRecording } from '@tenantry/core';
import { toTagged } from '@tenantry/core/internal/host';
import type { DeadLetter } from '../source/dead-letters.js';

/** As a pool has them by default; a dead letter does not say under which it ran. */
const LIMITS = {
  memoryLimitMb: null,
  memoryHardLimitMb: null,
  cpuLimitSeconds: null,
  abortGraceMs: 5_000,
  unresponsiveMs: null,
  messages: {},
} as const;

/**
 * Of its last attempt that came to an end of its own. Its messages and effects are not known.
 * @throws TENANTRY_RECORDING_INVALID where no attempt did
 */
export function recordingOfDeadLetter(letter: DeadLetter): SessionRecording {
  const { id, tenant, agent, input, metadata, attempts } = letter;
  const last = attempts.findLast(({ reason }) => reason === 'refused' || isEndReason(reason));
  if (last === undefined) {
    throw new TenantryError(
      'TENANTRY_RECORDING_INVALID',
      `job ${id}: no attempt of it came to an end that could be reproduced`,
    );
  }
  const { attempt, session, rung, startedAtMs, durationMs, reason, error } = last;
  return {
    recording: 1,
    session: session ?? id,
    tenant,
    agent,
    agentHash: null,
    agentFile: null,
    deploymentVersion: null,
    configHash: '',
    rung: rung ?? 'process',
    limits: LIMITS,
    startedAt: new Date(startedAtMs).toISOString(),
    input: toTagged(input),
    metadata: toTagged(metadata),
    job: { id, attempt, interrupted: attempts.some((one) => one.reason === 'interrupted') },
    // Nobody sends to a job.
    events: [{ kind: 'closed', atMs: 0 }],
    cut: null,
    end: {
      atMs: durationMs ?? 0,
      status: 'failed',
      reason: isEndReason(reason) ? reason : 'failed',
      ...(error === null ? {} : { error: toRecorded(error) }),
    },
  };
}

type EndReason = (typeof END_REASONS)[number];

function isEndReason(reason: string | null): reason is EndReason {
  return END_REASONS.some((known) => known === reason);
}

function toRecorded({
  name,
  message,
  code,
}: NonNullable<DeadLetter['attempts'][number]['error']>): NonNullable<
  NonNullable<SessionRecording['end']>['error']
> {
  return { name, message, ...(code === null ? {} : { code }) };
}
