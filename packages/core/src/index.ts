/** The public names of @tenantry/core, one by one. */
export {
  closeOnSignals,
  type CloseReport,
  type Closeable,
  type CloseOnSignalsOptions,
} from './pool/signals.js';
export { AgentPool, type MetricsRequest } from './pool/agent-pool.js';
export type { PoolDependencies } from './pool/pool-dependencies.js';
export {
  parsePoolOptions as checkOptions,
  type AgentPoolOptions,
  type ParsedPoolOptions,
} from './pool/pool-options.js';
export type { OpenRequest } from './pool/open-request.js';
export type { SessionHandle } from './session/session-handle.js';
export type { MoveTarget } from './pool/move-session.js';
export type { MoveResult } from './session/session-move.js';
export type { Outcome } from './session/outcome.js';
export type { DrainReport } from './session/drain.js';
export type { AgentReload } from './pool/agent-folders.js';
export type { JobFilter, PoolDeadLetters, PoolJobs } from './pool/pool-jobs.js';
export type { JobRequest } from './jobs/job-request.js';
export type { JobAttempt, JobError, JobRecord, JobSummary, RetryRules } from './jobs/job.js';
export type { JobState } from './jobs/job-state.js';
export type { RegisteredAgent } from './pool/agent-catalog.js';
export type { Observer, SessionInfo } from './pool/observers.js';
export type { Router, RoutingRequest } from './pool/routing.js';
export { defineAgent, isAgent, type Agent, type AgentDefinition } from './host/agent.js';
export type { Metadata, Session, SessionJob } from './host/session.js';
export type { SendOptions } from './channel/outbox.js';
export type { MessageLimits, MessageLimitsInput } from './channel/message-limits.js';
export type { TenantOptionsInput as TenantOptions } from './tenant/tenant-options.js';
export type { TenantEscalation } from './tenant/tenant-escalation.js';
export type { EscalationOptionsInput as EscalationOptions } from './escalation/escalation-options.js';
export type {
  IsolateOptionsInput as IsolateOptions,
  IsolatesFactory,
} from './placement/isolates-port.js';
export type { SessionRecording } from './recorder/session-recording.js';
export type { OptionChange, RuntimeEvent } from './events/runtime-event.js';
export type { OptionsSource, Reconfigured, SourcedOptions } from './pool/reconfigure.js';
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
export {
  RUNGS,
  type IsolateKind,
  type IsolateScope,
  type Isolation,
  type Rung,
} from './vocabulary/rung.js';
export type { Clock, Timer } from './time/clock.js';
export type { Log } from './log/log.js';
export type { Snapshot } from './snapshot/snapshot.js';
export type { MetricSource } from './pool/pool-metrics.js';
export type { HistogramSample, MetricFamily, MetricSample } from './exposition/metric-family.js';
export { metricsFormatOf, type MetricsFormat } from './exposition/metrics-format.js';
export type { MetricsText } from './exposition/metrics-text.js';
export type { HealthReason, PoolHealth } from './exposition/health.js';
export type { BundleOptions, PoolBundle } from './inspector/pool-bundle.js';
export type { PoolProfile, ProfileOptions, ProfileType } from './inspector/pool-profile.js';
export type { SettingRow, SettingState } from './inspector/setting.js';
export type { MetricsRecord } from './metrics/metrics-record.js';
