/** PORT: a place that runs sessions. The pool owns the shared loop; `isolates` is the other one. */
import type { ChannelEnd } from '../channel/session-channel.js';
import type { OnSessionEnd } from '../host/session-end.js';
import type { SessionSpec } from '../host/hosted-session.js';
import type { IsolateRecord, RetiredFigures } from '../snapshot/report.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Rung } from '../vocabulary/rung.js';

/** A session in its place, as the pool holds it. */
export interface Placed {
  readonly rung: Rung;
  readonly isolate: string;
  readonly client: ChannelEnd;
  /** No more input comes; the agent finishes in its own time. */
  closeInput(): void;
  /** The agent is asked to end now. */
  abort(reason: AbortReason, detail?: string): void;
  /** The agent did not end in its grace time: the session ends without it. */
  abandon(reason: AbortReason, detail?: string): void;
}

export interface Executor {
  /** Runs a session; `onEnd` is called exactly once, possibly before `start` returns. */
  start(spec: SessionSpec, settings: TenantSettings, onEnd: OnSessionEnd): Placed | Promise<Placed>;
  /** Asks every place for a report, waiting no longer than `deadlineMs`. */
  refresh(deadlineMs: number): Promise<void>;
  records(): readonly IsolateRecord[];
  retired(): RetiredFigures;
  close(): Promise<void>;
}
