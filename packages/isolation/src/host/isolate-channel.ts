/** PORT: one running isolate, whatever it is made of. The life cycle above it is written once. */
import type {
  AbortReason,
  IsolateEnd,
  LoopCell,
  PlaceReport,
  ProfileRequest,
  SessionSpec,
  WireError,
  WrittenProfile,
} from '@tenantry/core/internal';
import type { FrameCarrier } from '../wire/frame-carrier.js';
import type { Assignment, GuestNotice, IsolateUse, Pressure } from '../wire/messages.js';

export interface IsolateIdentity {
  readonly pid: number;
  readonly threadId: number;
}

export interface IsolateChannel {
  readonly rung: 'thread' | 'process';
  /** Resolves when it has ended or is being ended: the first cause. */
  readonly ended: Promise<IsolateEnd>;
  /** Resolves when its thread or process is really gone; never, while native code holds it. */
  readonly gone: Promise<void>;
  onNotice: (notice: GuestNotice) => void;
  /** It is near one of its limits. */
  onPressure: (pressure: Pressure) => void;
  /** How long the loop inside has shown no sign of life. */
  readonly silentMs: number;
  /** Where the turns of a thread of this process are published; undefined where they are not. */
  readonly turnCell: LoopCell | undefined;
  /** Read from outside, now, or when its end began. */
  readonly use: IsolateUse;
  /** @throws TENANTRY_ISOLATE_START_FAILED, TENANTRY_ISOLATE_START_TIMEOUT */
  start(): Promise<IsolateIdentity>;
  assign(assignment: Assignment): Promise<void>;
  /** The frames of a new session; its `started` or `refused` comes over them. */
  open(spec: SessionSpec, agentUrl: string): FrameCarrier;
  /** Resolves when the guest has heard it, or will not. */
  abort(session: string, reason: AbortReason, detail: string | null, leave: boolean): Promise<void>;
  /**
   * Loads an agent; answers why that failed.
   * @throws TENANTRY_ISOLATE_CALL_TIMEOUT, TENANTRY_ISOLATE_CRASHED
   */
  preload(agentUrl: string): Promise<WireError | null>;
  /** Changes what counts as a block there. */
  slowSessionThreshold(thresholdMs: number): void;
  /** @throws TENANTRY_ISOLATE_CALL_TIMEOUT, TENANTRY_ISOLATE_CRASHED */
  report(): Promise<PlaceReport>;
  /**
   * A profile of it; undefined for a thread of this process, which the observer asks itself.
   * Throws TENANTRY_PROFILE_*.
   */
  readonly profile: ((request: ProfileRequest) => Promise<WrittenProfile>) | undefined;
  /** Begins to end it for `cause`, unless it is ending already. */
  end(cause: IsolateEnd): void;
}
