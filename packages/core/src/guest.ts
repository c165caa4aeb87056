/**
 * The public names as an isolate sees them, chosen by the export condition `tenantry-guest`. An agent
 * needs `defineAgent` and the errors; loading the pool with its schemas and its logger would cost
 * every isolate some ten megabytes and a tenth of a second.
 */
export { defineAgent, isAgent, type Agent, type AgentDefinition } from './host/agent.js';
export type { Metadata, Session } from './host/session.js';
export { AgentPool, checkOptions, closeOnSignals } from './host/no-pool.js';
export {
  TenantryError,
  codeOf,
  hasCode,
  isTenantryError,
  type ErrorFields,
} from './errors/errors.js';
export { ERROR_CODES, isErrorCode, type ErrorCode } from './errors/error-codes.js';
export { END_REASONS, type EndReason, type OutcomeStatus } from './vocabulary/end-reason.js';
export type { Notice } from './vocabulary/notice.js';
export { RUNGS, type Rung } from './vocabulary/rung.js';
export { metricsFormatOf } from './exposition/metrics-format.js';
