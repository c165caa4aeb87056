/** Pure: which runtime events are offences of a tenant. What they are worth is left to `escalation/`. */
import type { Offence } from './offence.js';
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { IsolateEndReason } from '../snapshot/report.js';
import { SHARED_LOOP, type Rung } from '../vocabulary/rung.js';

type IsolateOffence = 'crash' | 'out-of-memory' | 'hard-kill';

/**
 * An isolate that could not be started, or whose channel broke, says something about the host or the
 * deployment, not about what the tenant's sessions do.
 */
const BY_END: Readonly<Partial<Record<IsolateEndReason, IsolateOffence>>> = {
  exit: 'crash',
  signal: 'crash',
  uncaught: 'crash',
  'oom-heap': 'out-of-memory',
  'memory-limit': 'out-of-memory',
  unresponsive: 'hard-kill',
};

export interface Moment {
  readonly atMs: number;
  readonly atEpochMs: number;
}

/** Undefined for what is nobody's fault. */
export function offenceOf(event: RuntimeEvent, now: Moment): Offence | undefined {
  if (event.kind === 'loop.blocked') {
    const { isOngoing, cause, tenant, session, agent, place, durationMs } = event;
    if (isOngoing || cause !== 'session' || tenant === null) return undefined;
    const rung = rungOfIsolate(event.isolate);
    return { kind: 'block', ...now, tenant, session, agent, rung, place, durationMs };
  }
  if (event.kind !== 'isolate.ended' || !event.abnormal || event.tenant === null) return undefined;
  const kind = BY_END[event.reason as IsolateEndReason];
  if (kind === undefined) return undefined;
  const { tenant, rung, offender } = event;
  const common = { ...now, tenant, session: offender ?? null, agent: null, rung, place: null };
  return kind === 'crash'
    ? { kind, ...common, reason: `${event.reason}: ${event.detail}`.slice(0, LONGEST_REASON) }
    : { kind, ...common };
}

const LONGEST_REASON = 200;

/** Isolates are named for their rung. */
function rungOfIsolate(isolate: string): Rung {
  if (isolate === SHARED_LOOP) return 'coroutine';
  return isolate.startsWith('thread') ? 'thread' : 'process';
}
