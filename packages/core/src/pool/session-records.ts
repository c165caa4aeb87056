/** What a metrics file says of a session's start and end. When it is written is left to the stream. */
import { codeOf } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import {
  LONGEST_ERROR,
  type SessionEnded,
  type SessionStarted,
} from '../metrics/metrics-record.js';
import { maskText } from '../secrets/mask-text.js';
import type { SessionInfo } from './observers.js';
import type { Outcome } from '../session/outcome.js';

export function startedRecord(info: SessionInfo): SessionStarted {
  return {
    event: 'session.started',
    session: info.session,
    tenant: info.tenant,
    agent: info.agent,
    rung: info.rung,
    isolate: info.isolate,
    deploymentVersion: info.deploymentVersion,
  };
}

export function endedRecord(info: SessionInfo, outcome: Outcome): SessionEnded {
  const { error, status } = outcome;
  return {
    ...startedRecord(info),
    rung: outcome.isolation,
    isolate: outcome.isolate,
    event: status === 'failed' ? 'session.failed' : 'session.finished',
    status,
    reason: outcome.reason,
    code: codeOf(error) ?? null,
    error: error === undefined ? null : cut(maskText(toWireError(error).message)),
    durationMs: outcome.durationMs,
    cpuMs: outcome.cpuMs,
    blockedMs: outcome.blockedMs,
    memoryPeakBytes: outcome.memoryPeakBytes,
    moves: outcome.moves,
    messagesIn: outcome.messagesIn,
    messagesOut: outcome.messagesOut,
  };
}

/** No half of a surrogate pair is left at the end: not every reader of JSON takes one. */
function cut(message: string): string {
  return message.slice(0, LONGEST_ERROR).replace(/[\uD800-\uDBFF]$/, '');
}
