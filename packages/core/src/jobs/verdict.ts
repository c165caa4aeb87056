/**
 * What follows the end of an attempt, or a refusal to start one: a table. When and how it happens is
 * left to `job-desk.ts`.
 */
import { ERROR_CODES, isErrorCode, type ErrorCode } from '../errors/error-codes.js';
import { codeOf } from '../errors/errors.js';
import type { EndReason } from '../vocabulary/end-reason.js';

/**
 * done · failed: counts, and is tried again while attempts are left · put-back: queued again, does not
 * count · cancelled: somebody ended it, nothing is tried again.
 */
export type EndVerdict = 'done' | 'failed' | 'put-back' | 'cancelled';

const AFTER_END: Readonly<Record<EndReason, EndVerdict>> = {
  completed: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  'timed-out': 'failed',
  idle: 'failed',
  'cpu-limit': 'failed',
  'memory-limit': 'failed',
  'isolate-crashed': 'failed',
  'isolate-unresponsive': 'failed',
  drained: 'put-back',
  shutdown: 'put-back',
};

export function afterEnd(reason: EndReason): EndVerdict {
  return AFTER_END[reason];
}

/**
 * wait: it stays in its line, which is held for a while; does not count · failed: counts like an end ·
 * dead-letter: no other try would go better · halt: nothing is started any more.
 */
export type RefusalVerdict =
  | { readonly kind: 'wait'; readonly holds: 'agent' | 'tenant' | 'all'; readonly forMs: number }
  | { readonly kind: 'failed' }
  | { readonly kind: 'dead-letter' }
  | { readonly kind: 'halt' };

/** Where a refusal says no `retryAfterMs`. */
const USUAL_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const SHORTEST_WAIT_MS = 10;
/** An agent that is not registered may still be: after a restart, jobs are there before agents. */
const UNKNOWN_AGENT_WAIT_MS = 5_000;

const HALTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TENANTRY_POOL_DRAINING',
  'TENANTRY_POOL_CLOSED',
  'TENANTRY_POOL_NOT_STARTED',
]);
/** Retryable, and yet a failure of what was to run: waiting for ever would hide it. */
const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TENANTRY_TENANT_CONFIG_FAILED',
  'TENANTRY_ISOLATE_START_FAILED',
  'TENANTRY_ISOLATE_START_TIMEOUT',
  'TENANTRY_SESSION_START_TIMEOUT',
  'TENANTRY_ISOLATE_CRASHED',
  'TENANTRY_ISOLATE_UNRESPONSIVE',
  'TENANTRY_MEMORY_LIMIT',
]);
const HOLDS_ALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TENANTRY_POOL_CAP',
  'TENANTRY_QUEUE_FULL',
  'TENANTRY_STATE_FAILED',
]);
const HOLDS_AGENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TENANTRY_AGENT_CAP',
  'TENANTRY_AGENT_UNKNOWN',
  'TENANTRY_AGENT_NONE',
]);

export function afterRefusal(error: unknown): RefusalVerdict {
  const code = codeOf(error);
  if (!isErrorCode(code)) return { kind: 'failed' };
  if (HALTS.has(code)) return { kind: 'halt' };
  if (FAILURES.has(code)) return { kind: 'failed' };
  if (code === 'TENANTRY_AGENT_UNKNOWN' || code === 'TENANTRY_AGENT_NONE') {
    return { kind: 'wait', holds: 'agent', forMs: UNKNOWN_AGENT_WAIT_MS };
  }
  if (!ERROR_CODES[code].retryable) return { kind: 'dead-letter' };
  const saidMs = (error as { retryAfterMs?: unknown }).retryAfterMs;
  const forMs = typeof saidMs === 'number' ? saidMs : USUAL_WAIT_MS;
  return {
    kind: 'wait',
    holds: HOLDS_ALL.has(code) ? 'all' : HOLDS_AGENT.has(code) ? 'agent' : 'tenant',
    forMs: Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, forMs)),
  };
}
