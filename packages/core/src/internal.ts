/** What our own packages need beyond the public names; no promise is made about it to anyone else. */
export { cloneMessage } from './channel/cloneable.js';
export { ClonedMessage } from './channel/cloned-message.js';
export { Inbox } from './channel/inbox.js';
export { Outbox, SENT } from './channel/outbox.js';
export { ChannelEnd } from './channel/session-channel.js';
export type { MessageLimits } from './channel/message-limits.js';
export { pathText } from './channel/message-path.js';
export { TenantryError, codeOf, shown } from './errors/errors.js';
export type { Agent } from './host/agent.js';
export { LevelLog, type LogLevel } from './log/level-log.js';
export type { Log } from './log/log.js';
export { cutText } from './log/log-sink.js';
export { OutputMeter, droppedText, type Dropped } from './log/output-meter.js';
export { registerSecret, registerSecretsOf } from './secrets/known-secrets.js';
export { MASK } from './secrets/mask.js';
export { maskedLeaves } from './secrets/mask-leaves.js';
export { maskLine } from './secrets/mask-line.js';
export { maskText } from './secrets/mask-text.js';
export { maskValue } from './secrets/mask-value.js';
export { fromWireError, toWireError, type WireError } from './errors/wire-error.js';
export { SessionHost, type StrayError } from './host/session-host.js';
export { HostedSession } from './host/hosted-session.js';
export type { CarriedRun, MoveAnswer } from './host/carry.js';
export type { SessionSpec } from './host/session-spec.js';
export type { Notice } from './vocabulary/notice.js';
export type { CarriedEnd } from './channel/session-channel.js';
export type { SessionCost } from './host/session-end.js';
export type { PreparedPlace } from './placement/executor.js';
export { abortError, type SessionEnd } from './host/session-end.js';
export { RestartPolicy, type RestartRules } from './limits/restart-policy.js';
export { guardStrayErrors } from './host/stray-errors.js';
export {
  agentFiles,
  findAgent,
  findAgents,
  importAgent,
  type FoundAgent,
} from './pool/discovery.js';
export type { TryAgents } from './pool/agent-folders.js';
export type { Executor, Placed } from './placement/executor.js';
export type { AgentModule, IsolateOptions, IsolatesContext } from './placement/isolates-port.js';
export type { TenantSettings } from './tenant/tenant-options.js';
export {
  BUNDLE_PARTS,
  BUNDLE_VERSION,
  isBundlePart,
  type BundlePart,
} from './bundle/bundle-parts.js';
export type { BundleManifest } from './bundle/bundle-manifest.js';
export { BUNDLE_DEADLINE_MS, parsePoolBundle } from './inspector/pool-bundle.js';
export { deepFreeze } from './tenant/tenant-config.js';
export { askInspector, listRuntimes } from './inspector/inspector-client.js';
export { serveInspector, type InspectorServer } from './inspector/inspector-server.js';
export {
  PROFILE_SECONDS,
  parsePoolProfile,
  profileDeadlineMs,
  type ProfileRequest,
  type WrittenProfile,
} from './inspector/pool-profile.js';
export {
  HAND_RUNGS,
  LARGEST_CAP,
  LONGEST_DRAIN_MS,
  SHORTEST_SESSION_PREFIX,
  type ActRequest,
  type ControlReply,
  type ControlRequest,
  type Explanation,
  type HandRung,
} from './inspector/control.js';
export type { ReplayAct } from './inspector/replay-act.js';
export { MOST_LISTED, type DeadLetterQuestion } from './inspector/dead-letter-request.js';
export type { TargetedProfile } from './inspector/inspector-protocol.js';
export { socketDirectory } from './inspector/socket-path.js';
export { every, systemClock, type Clock, type Timer } from './time/clock.js';
export { delay, settledWithin, withDeadline } from './time/deadline.js';
export { currentOwner } from './attribution/turn-scope.js';
export { CpuMeter, processCpuMs } from './attribution/cpu-meter.js';
export { processMemory, processRssBytes } from './attribution/process-memory.js';
export { LoopCell, sharedNowMs } from './attribution/loop-cell.js';
export { ThreadClock, kernelThreadId, ownThreadCpuMs } from './attribution/thread-clock.js';
export { TurnClock, plainTurn, type EndedTurn, type TurnCost } from './attribution/turn-clock.js';
export { dryRunFlags, installDryRunGuard, type Attempts } from './guard/dry-run.js';
export type { FactListener } from './host/effects.js';
export type { AttemptFact, RecordedEffect, SessionFact } from './recorder/session-facts.js';
export type { OnSessionEnd } from './host/session-end.js';
export {
  ownThreadTarget,
  threadIdOf,
  workerTarget,
  type WorkerInfo,
} from './observer/inspector-target.js';
export { LoopWatch, type BlockPhase, type SeenBlock } from './observer/loop-watch.js';
export { MOST_PROFILE_BYTES, takeProfile } from './observer/profile.js';
export { debuggerAttached } from './observer/profile-desk.js';
export { captureStack } from './observer/stack-capture.js';
export type { IsolateIntrospection } from './placement/isolates-port.js';
export { GUEST_CONDITION } from './vocabulary/guest-condition.js';
export { RUNGS, type IsolateScope } from './vocabulary/rung.js';
export type { AbortReason } from './vocabulary/end-reason.js';
export { parseAgentName, parseTenantId } from './vocabulary/names.js';
export type {
  IsolateEnd,
  IsolateEndReason,
  IsolateRecord,
  IsolateState,
  PlaceFigures,
  PlaceReport,
  RetiredFigures,
  SessionReport,
} from './snapshot/report.js';
