/** How a session went, as its client, its observers and the log are told. */
import { statusOf, type EndReason, type OutcomeStatus } from '../vocabulary/end-reason.js';
import type { Rung } from '../vocabulary/rung.js';
import type { Placed } from '../placement/executor.js';
import type { SessionCost, SessionEnd } from '../host/session-end.js';

export interface Outcome<Result = unknown> {
  readonly status: OutcomeStatus;
  readonly reason: EndReason;
  /** What the agent returned, where it completed. */
  readonly result?: Result;
  /**
   * What the agent threw: name, message, stack, `code` and causes of it, on every rung, and never the
   * object itself. Or the coded reason why it did not complete.
   */
  readonly error?: Error;
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  /** The rung it ran on; of a session that was moved, the last one. */
  readonly isolation: Rung;
  readonly isolate: string;
  readonly durationMs: number;
  /**
   * CPU time of its turns; null without introspection. Where it ended with its isolate: what that has
   * used since it came, if it was alone there, otherwise as of the last report, null if there was none.
   */
  readonly cpuMs: number | null;
  /** Of it, turns that held the loop for longer than `slowSessionThresholdMs`. */
  readonly blockedMs: number | null;
  /**
   * Highest share of its isolate's memory seen, the end of an isolate that it had to itself included;
   * null where nobody has looked.
   */
  readonly memoryPeakBytes: number | null;
  /** How often it was moved alive from one place to another. */
  readonly moves: number;
  /** From the client to the agent, and back. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly deploymentVersion: string | null;
}

/** What the pool knows of a session beside how it ended. */
export interface OutcomeFacts {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly durationMs: number;
  readonly cost: SessionCost | undefined;
  readonly blockedMs: number | null;
  readonly memoryPeakBytes: number | null;
  readonly moves: number;
  readonly deploymentVersion: string | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function toOutcome(
  end: SessionEnd,
  facts: OutcomeFacts,
  placed: Placed | undefined,
): Outcome {
  // One literal, no spreads: this is on the path of every session, and spreads are half its cost.
  const outcome: Mutable<Outcome> = {
    status: statusOf(end.reason),
    reason: end.reason,
    session: facts.session,
    tenant: facts.tenant,
    agent: facts.agent,
    isolation: placed?.rung ?? 'coroutine',
    isolate: placed?.isolate ?? '',
    durationMs: facts.durationMs,
    cpuMs: facts.cost?.cpuMs ?? null,
    blockedMs: facts.blockedMs,
    memoryPeakBytes: facts.memoryPeakBytes,
    moves: facts.moves,
    messagesIn: placed?.client.outbox.sentCount ?? 0,
    messagesOut: placed?.client.inbox.receivedCount ?? 0,
    deploymentVersion: facts.deploymentVersion,
  };
  if (end.reason !== 'completed') outcome.error = end.error;
  else if (end.result !== undefined) outcome.result = end.result;
  return outcome;
}
