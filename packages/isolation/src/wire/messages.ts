/** What travels between host and guest: frames of one session, notices of a guest, tasks of a thread. */
import type { MessagePort } from 'node:worker_threads';
import type {
  AbortReason,
  BlockPhase,
  Dropped,
  EndedTurn,
  LogLevel,
  MessageLimits,
  Notice,
  SeenBlock,
  SessionFact,
  SessionSpec,
  SessionCost,
  CarriedRun,
  WireError,
} from '@tenantry/core/internal';

/** How a session ended, as plain data. */
export type WireEnd =
  | { readonly reason: 'completed'; readonly result: unknown }
  | { readonly reason: 'failed' | AbortReason; readonly error: WireError };

/** What a frame says beside messages. `close`: no more comes from this side. */
export type FrameSignal =
  | { readonly kind: 'started' }
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'close' }
  | { readonly kind: 'notice'; readonly notice: Notice }
  /** What the guest reports of a session that is recorded or replayed. */
  | { readonly kind: 'fact'; readonly fact: SessionFact }
  /** Asks whether it can be moved; and the answer. */
  | { readonly kind: 'ask-carryable' }
  | { readonly kind: 'is-carryable'; readonly isCarryable: boolean }
  /** Asks for a hand-over; gives the request up. One of `kept` and `moved` answers. */
  | { readonly kind: 'move' }
  | { readonly kind: 'keep' }
  | { readonly kind: 'kept'; readonly why: 'not-carryable' | 'given-up' | 'ended' }
  | {
      readonly kind: 'moved';
      readonly run: CarriedRun;
      readonly unread: readonly unknown[];
      readonly sizes: readonly number[];
      readonly cost: SessionCost | null;
    }
  /** The code of a session that was moved has come to its end. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'ended'; readonly end: WireEnd; readonly cost: SessionCost | null };

/**
 * Everything one side has for the other in one turn of its loop: credit for what was consumed, then
 * messages with their sizes, then a signal. A tuple, because its field names would outweigh it.
 */
export type Frame = readonly [
  creditCount: number,
  creditBytes: number,
  messages: readonly unknown[],
  sizes: readonly number[],
  signal: FrameSignal | null,
];

/** How a session's frames reach the guest: over a port of its own, or numbered in a child's pipe. */
export type FrameRoute =
  | { readonly kind: 'port'; readonly port: MessagePort }
  | { readonly kind: 'pipe'; readonly stream: number };

/** What a guest logs and prints, and how much of that was too much. */
export type LogNotice =
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    }
  | {
      readonly kind: 'output';
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
      /** Whose turn it was; null outside any session. */
      readonly agent: string | null;
      readonly session: string | null;
      readonly truncated?: true;
    }
  | ({ readonly kind: 'dropped' } & Dropped);

/** What a guest says on its own. */
export type GuestNotice =
  | LogNotice
  | {
      readonly kind: 'stray-error';
      readonly session: string;
      readonly tenant: string;
      readonly agent: string;
      readonly error: WireError;
    }
  | { readonly kind: 'uncaught'; readonly error: WireError }
  /** A turn that held the guest's loop for too long, when it is over. */
  | { readonly kind: 'long-turn'; readonly turn: EndedTurn }
  /** The same while it lasts, as a child's supervising thread sees it. */
  | { readonly kind: 'block'; readonly phase: BlockPhase; readonly block: SeenBlock }
  | { readonly kind: 'no-hard-limit' }
  | { readonly kind: 'no-cpu-limit' };

/** The first task of a thread: everything it needs before it belongs to a tenant. */
export interface BootTask {
  readonly kind: 'boot';
  readonly control: MessagePort;
  readonly notices: MessagePort;
  /** See `beat-cell.ts`. */
  readonly beat: SharedArrayBuffer;
  readonly limits: MessageLimits;
  readonly maxOutputBytesPerSecond: number;
  readonly logLevel: string;
  readonly startTimeoutMs: number;
  /** Where turns are published, a LoopCell's; null without introspection. */
  readonly turns: SharedArrayBuffer | null;
  readonly isDryRun: boolean;
  /** The guest's end of a child's pipe; null in a thread of the host's process. */
  readonly pipeFd: number | null;
  /** The same of the pipe for lines of the log. */
  readonly logFd: number | null;
}

/** What a thread answers to its boot task. */
export interface BootReply {
  readonly threadId: number;
}

/** One session, for the whole of its life. */
export interface SessionTask {
  readonly kind: 'session';
  readonly spec: SessionSpec;
  readonly agentUrl: string;
  readonly route: FrameRoute;
}

export type GuestTask = BootTask | SessionTask;

/** What an isolate has used and holds, as seen from outside; null where that cannot be told. */
export interface IsolateUse {
  /** Since it started. */
  readonly cpuMs: number | null;
  readonly memoryBytes: number | null;
}

/** An isolate is near one of its limits, in the unit of the limit's option. */
export interface Pressure {
  readonly reason: 'memory-limit' | 'cpu-limit';
  readonly used: number;
  readonly limit: number;
  readonly detail: string;
}

/** What makes an isolate a tenant's. */
export interface Assignment {
  readonly tenant: string;
  readonly env: Readonly<Record<string, string>>;
  /** Memory at which it is ended, as it is watched from outside. */
  readonly memoryLimitMb: number | null;
  /** CPU time it may use for its tenant, in seconds. */
  readonly cpuLimitSeconds: number | null;
  /** Share of either at which its sessions are told. */
  readonly softLimitRatio: number;
  /** Data a child may add to what it has at rest; null leaves it without a wall. */
  readonly dataAllowanceMb: number | null;
}
