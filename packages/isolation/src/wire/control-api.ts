/** The control interfaces that comlink carries: types only. Data never goes this way. */
import type {
  IsolateEnd,
  MessageLimits,
  PlaceReport,
  ProfileRequest,
  SessionSpec,
  WireError,
  WrittenProfile,
} from '@tenantry/core/internal';
import type { AbortReason } from '@tenantry/core/internal';
import type { Assignment, GuestNotice, IsolateUse, Pressure } from './messages.js';

/** What the worker inside an isolate can be asked. */
export interface GuestControl {
  assign(assignment: Assignment): void | Promise<void>;
  /** Asks a session to end; with `leave`, ends it although its code still runs. */
  abort(
    session: string,
    reason: AbortReason,
    detail: string | null,
    leave: boolean,
  ): void | Promise<void>;
  report(): PlaceReport | Promise<PlaceReport>;
  /** Loads an agent before a session of it comes; answers why that failed. */
  preload(agentUrl: string): Promise<WireError | null>;
}

/** How a thread isolate is made, on either side of a process boundary. */
export interface ThreadSettings {
  readonly limits: MessageLimits;
  readonly startTimeoutMs: number;
  readonly unresponsiveMs: number;
  readonly callTimeoutMs: number;
  readonly maxOutputBytesPerSecond: number;
  readonly logLevel: string;
  /** Old generation of the thread's heap; null leaves V8's own. */
  readonly heapHardLimitMb: number | null;
  /** Code in it may look and not act. */
  readonly isDryRun: boolean;
  /** A turn that holds the loop for longer is a block; null: turns are not measured. */
  readonly slowSessionThresholdMs: number | null;
}

/** What the main thread of a child can be asked: the guest's questions and its own. */
export interface ChildControl extends GuestControl {
  boot(settings: ThreadSettings): Promise<{ pid: number; threadId: number }>;
  open(spec: SessionSpec, agentUrl: string, stream: number): void;
  slowSessionThreshold(thresholdMs: number): void;
  profile(request: ProfileRequest): Promise<ProfileReply>;
}

/** Errors travel as data: comlink would drop their codes. */
export type ProfileReply =
  | ({ readonly kind: 'taken' } & WrittenProfile)
  | { readonly kind: 'refused'; readonly error: WireError };

/** What a child says on its own, over IPC. */
export type ChildNotice =
  | { readonly tenantry: 'guest'; readonly notice: GuestNotice }
  | { readonly tenantry: 'ending'; readonly end: IsolateEnd; readonly use: IsolateUse }
  | { readonly tenantry: 'pressure'; readonly pressure: Pressure }
  | { readonly tenantry: 'beat'; readonly silentMs: number };
