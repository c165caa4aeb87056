/** How a session went, as its client, its observers and the log are told. */
import { statusOf, type EndReason, type OutcomeStatus } from '../vocabulary/end-reason.js';
import type { Rung } from '../vocabulary/rung.js';
import type { SessionEnd } from '../host/session-end.js';

export interface Outcome<Result = unknown> {
  readonly status: OutcomeStatus;
  readonly reason: EndReason;
  /** What the agent returned, where it completed. */
  readonly result?: Result;
  /** The agent's own error, or the coded reason why it did not complete. */
  readonly error?: Error;
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  /** The rung it ran on. */
  readonly isolation: Rung;
  readonly isolate: string;
  readonly durationMs: number;
  /** From the client to the agent, and back. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly deploymentVersion: string | null;
}

export type OutcomeFacts = Omit<Outcome, 'status' | 'reason' | 'result' | 'error'>;

export function toOutcome(end: SessionEnd, facts: OutcomeFacts): Outcome {
  const said = { status: statusOf(end.reason), reason: end.reason };
  if (end.reason === 'completed') {
    return end.result === undefined
      ? { ...said, ...facts }
      : { ...said, result: end.result, ...facts };
  }
  return { ...said, error: asError(end.error), ...facts };
}

function asError(thrown: unknown): Error {
  // Not instanceof: an error of another realm is an error all the same.
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return thrown as Error;
  return new Error(`thrown: ${String(thrown)}`);
}
