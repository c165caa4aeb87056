/** How a session ended, as the loop that ran it says it, and the error an abort is told with. */
import { TenantryError } from '../errors/errors.js';
import { ABORT_CODE, type AbortReason } from '../vocabulary/end-reason.js';

export type SessionEnd =
  | { readonly reason: 'completed'; readonly result: unknown }
  | { readonly reason: 'failed'; readonly error: Error }
  | { readonly reason: AbortReason; readonly error: Error };

/** What a session has cost; less is known of one that ended with its isolate. */
export interface SessionCost {
  readonly cpuMs: number | null;
  readonly blockedMs: number | null;
  /** Held at its end by an isolate that it had to itself, where that was looked at. */
  readonly memoryBytes?: number | null;
}

/** What the session's turns have cost, where that is measured, comes with its end. */
export type OnSessionEnd = (end: SessionEnd, cost?: SessionCost) => void;

const SAID: Readonly<Record<AbortReason, string>> = {
  cancelled: 'was cancelled by its client',
  'timed-out': 'ran longer than it may',
  idle: 'exchanged no message for longer than it may',
  'cpu-limit': 'used more CPU time than it may',
  'memory-limit': 'was in an isolate that passed its memory limit',
  'isolate-crashed': 'was in an isolate that ended',
  'isolate-unresponsive': 'was in an isolate that stopped responding',
  drained: 'did not end before the deadline of a drain',
  shutdown: 'was open when its pool closed',
};

/** The coded error of an abort: the signal's reason, and the outcome's error. */
export function abortError(
  reason: AbortReason,
  about: { readonly tenant: string; readonly session: string },
  detail?: string,
): TenantryError {
  const more = detail === undefined ? '' : `: ${detail}`;
  return new TenantryError(
    ABORT_CODE[reason],
    `session ${about.session} of tenant "${about.tenant}" ${SAID[reason]}${more}`,
    { tenant: about.tenant, session: about.session },
  );
}

/** What the code of a session that goes on elsewhere is told. */
export function movedError(about: {
  readonly tenant: string;
  readonly session: string;
}): TenantryError {
  return new TenantryError(
    'TENANTRY_SESSION_MOVED',
    `session ${about.session} of tenant "${about.tenant}" goes on in another place`,
    { tenant: about.tenant, session: about.session },
  );
}

/** What a session that is over, but was not aborted, refuses with. */
export function endedError(
  about: { readonly tenant: string; readonly session: string },
  how: string,
): TenantryError {
  return new TenantryError(
    'TENANTRY_SESSION_ENDED',
    `session ${about.session} of tenant "${about.tenant}" ${how}`,
    { tenant: about.tenant, session: about.session },
  );
}
