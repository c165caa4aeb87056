/** PORT: what the isolation package gives a pool, and what it is given. The pool never looks for it. */
import { z } from 'zod';
import type { LoopCell } from '../attribution/loop-cell.js';
import type { EndedTurn } from '../attribution/turn-clock.js';
import type { EmitRuntimeEvent } from '../events/runtime-event.js';
import type { MessageLimits } from '../channel/message-limits.js';
import type { ProfileRequest, WrittenProfile } from '../inspector/pool-profile.js';
import type { Log } from '../log/log.js';
import type { BlockPhase, SeenBlock } from '../observer/loop-watch.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { Clock } from '../time/clock.js';
import type { Executor } from './executor.js';

const Ms = z.number().min(1).max(3_600_000);

/** How isolates are kept. */
export const IsolateOptions = z.strictObject({
  /** Booted isolates without a tenant, kept ready for each kind in use. */
  spareIsolates: z.int().min(0).max(64).default(0),
  /** Most isolates at once, spares and stuck ones included. */
  maxIsolates: z.int().min(1).max(1_024).default(64),
  /** An isolate without sessions is ended after this long. */
  isolateIdleMs: Ms.default(60_000),
  /** Longest start of an isolate, and longest entry into an agent. */
  startTimeoutMs: Ms.default(10_000),
  /** An isolate whose loop shows no sign of life for this long is ended; it gives one every 100 ms. */
  unresponsiveMs: z.number().min(300).max(3_600_000).default(5_000),
  /** Longest wait for an answer of the control interface. */
  callTimeoutMs: Ms.default(2_000),
  /** How often an isolate is asked for its report. */
  reportIntervalMs: Ms.default(1_000),
  /** Sessions left running by their agents before their isolate is recycled. */
  maxGhosts: z.int().min(0).max(10_000).default(8),
  /** What an isolate prints and logs per second, or a session on the shared loop; more is dropped and told. */
  maxOutputBytesPerSecond: z.int().min(0).max(1_073_741_824).default(65_536),
  restart: z
    .strictObject({
      /** The first restart is immediate; the next waits this long, then `factor` times longer. */
      initialMs: Ms.default(1_000),
      factor: z.number().min(1).max(10).default(2),
      maxMs: Ms.default(60_000),
      /** More restarts than this within `periodMs` quarantine the tenant. */
      intensity: z.int().min(0).max(1_000).default(5),
      periodMs: z.number().min(1).max(86_400_000).default(60_000),
      /** A run this long counts as healthy and resets the back-off. */
      stableMs: z.number().min(1).max(86_400_000).default(60_000),
      /** How long a tenant stays quarantined. */
      quarantineMs: z.number().min(1).max(86_400_000).default(300_000),
    })
    .prefault({}),
});
export type IsolateOptions = Readonly<z.output<typeof IsolateOptions>>;
export type IsolateOptionsInput = z.input<typeof IsolateOptions>;

/** Where an isolate finds an agent's module. */
export interface AgentModule {
  readonly url: string;
}

/** How isolates' loops are watched and their blocks told. */
export interface IsolateIntrospection {
  thresholdMs(): number;
  /** Returns the function that stops it. */
  onThreshold(listener: (thresholdMs: number) => void): () => void;
  /** Has a thread of this process watched by the observer; returns the function that stops it. */
  watch(isolate: string, cell: LoopCell, threadId: number): () => void;
  /** How a profile of a child is taken; returns the function that ends the offer. */
  offerProfiles(
    isolate: string,
    take: (request: ProfileRequest) => Promise<WrittenProfile>,
  ): () => void;
  /** What a child's supervisor has seen of its thread. */
  seen(phase: BlockPhase, block: SeenBlock): void;
  /** What a guest says of its own turns. */
  ended(isolate: string, turn: EndedTurn): void;
  isolateEnded(isolate: string): void;
}

export interface IsolatesContext {
  readonly options: IsolateOptions;
  readonly limits: MessageLimits;
  /** Settings by which spare isolates are made. */
  readonly spareSettings: readonly TenantSettings[];
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: EmitRuntimeEvent;
  /** Undefined with `enableIntrospection: false`. */
  readonly introspection: IsolateIntrospection | undefined;
  /** Agents look and do not act: what they try is refused and told. */
  readonly isDryRun: boolean;
  /** @throws TENANTRY_AGENT_NOT_PORTABLE */
  moduleOf(agent: string): AgentModule;
}

/** Makes the executor of everything that is not the shared loop. */
export type IsolatesFactory = (context: IsolatesContext) => Executor;
