/**
 * The one vocabulary of session ends: outcome, log, snapshot and metrics use these words and no
 * others. The first cause of an end wins.
 */
import type { ErrorCode } from '../errors/error-codes.js';

export const END_REASONS = [
  'completed',
  'failed',
  'cancelled',
  'timed-out',
  'idle',
  'cpu-limit',
  'memory-limit',
  'isolate-crashed',
  'isolate-unresponsive',
  'drained',
  'shutdown',
] as const;

/** Why a session ended. */
export type EndReason = (typeof END_REASONS)[number];

export type OutcomeStatus = 'succeeded' | 'failed' | 'cancelled';

const STATUS: Readonly<Record<EndReason, OutcomeStatus>> = {
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  'timed-out': 'failed',
  idle: 'cancelled',
  'cpu-limit': 'failed',
  'memory-limit': 'failed',
  'isolate-crashed': 'failed',
  'isolate-unresponsive': 'failed',
  drained: 'cancelled',
  shutdown: 'cancelled',
};

/** Succeeded, failed (counts against the tenant) or cancelled (somebody wanted it to end). */
export function statusOf(reason: EndReason): OutcomeStatus {
  return STATUS[reason];
}

/** The reasons for which the runtime itself asks a session to end. */
export type AbortReason = Exclude<EndReason, 'completed' | 'failed'>;

/** The code an abort carries in `signal.reason` and in the outcome's error. */
export const ABORT_CODE: Readonly<Record<AbortReason, ErrorCode>> = {
  cancelled: 'TENANTRY_SESSION_CANCELLED',
  'timed-out': 'TENANTRY_SESSION_TIMED_OUT',
  idle: 'TENANTRY_SESSION_IDLE',
  'cpu-limit': 'TENANTRY_CPU_LIMIT',
  'memory-limit': 'TENANTRY_MEMORY_LIMIT',
  'isolate-crashed': 'TENANTRY_ISOLATE_CRASHED',
  'isolate-unresponsive': 'TENANTRY_ISOLATE_UNRESPONSIVE',
  drained: 'TENANTRY_SESSION_DRAINED',
  shutdown: 'TENANTRY_SESSION_SHUTDOWN',
};
