/** What an agent's code receives: the session as seen from inside. */
import type { SendOptions } from '../channel/outbox.js';
import type { Log } from '../log/log.js';
import type { Notice } from '../vocabulary/notice.js';

/** Plain data a client attaches to a session; the routing chain reads `agent`, `demo` and `room`. */
export type Metadata = Readonly<Record<string, unknown>>;

/** What an agent knows of the job that its session runs. */
export interface SessionJob {
  readonly id: string;
  /** From 1; how often the agent has been entered for this job. */
  readonly attempt: number;
  /**
   * Whether the attempt before was cut off by the end of its process, or may have been: it may have done
   * some of its work, or all of it.
   */
  readonly interrupted: boolean;
}

export interface Session<Input = unknown, Config = unknown, Received = unknown, Sent = unknown> {
  /** 128 random bits; unique over all isolates and restarts. */
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  /** The parsed input. */
  readonly input: Input;
  /** The tenant's configuration, frozen; `{}` where the tenant has none. */
  readonly config: Config;
  readonly metadata: Metadata;
  /** The job it runs; undefined in a session that a client has opened. */
  readonly job: SessionJob | undefined;
  /** Aborts with a coded reason when the session is to end now; the agent has `abortGraceMs` left. */
  readonly signal: AbortSignal;
  /** Carries tenant, agent and session on every line. */
  readonly log: Log;
  /** What the client sends. Ends when the client closes; throws the abort reason on an abort. */
  readonly messages: AsyncIterableIterator<Received>;
  /** Messages consumed so far. */
  readonly messageCount: number;
  /**
   * Sends to the client; waits above the high-water mark. An agent that keeps sending without
   * awaiting fails with TENANTRY_CHANNEL_OVERFLOW.
   * @throws (as a rejection) TENANTRY_MESSAGE_UNCLONEABLE, TENANTRY_MESSAGE_TOO_LARGE,
   *   TENANTRY_MESSAGE_TOO_DEEP, TENANTRY_CHANNEL_OVERFLOW, or the abort reason
   */
  send(message: Sent, options?: SendOptions): Promise<void>;
  /**
   * What the session was moved with, in the place it was moved to; undefined in a fresh session.
   * Reading it says that the agent can be moved, once it has checkpointed.
   */
  readonly resumed: { readonly state: unknown } | undefined;
  /**
   * Keeps `state`, copied like a message, as what the agent would go on from in another place; the
   * latest counts. It stands for every message consumed and sent so far: call it after sending what a
   * message led to. Where a move waits for it, it rejects with TENANTRY_SESSION_MOVED, and the session
   * goes on elsewhere.
   * @throws (as a rejection) TENANTRY_MESSAGE_UNCLONEABLE, TENANTRY_MESSAGE_TOO_LARGE,
   *   TENANTRY_MESSAGE_TOO_DEEP, TENANTRY_SESSION_MOVED, or the abort reason
   */
  checkpoint(state: unknown): Promise<void>;
  /**
   * Keeps this session where it is and on the code it began with, until it ends: it is not moved, by
   * escalation nor by hand, also where it has checkpointed. For a conversation that newer code of its
   * agent must not take over, as a move loads the agent anew. Cannot be taken back.
   */
  pin(): void;
  /**
   * Hears when a limit, a drain or the end of the pool is near, while there is time to finish well.
   * Notices that were given before go to the first listener at once. Returns the function that
   * removes it; a listener that throws is a stray error of the session.
   */
  onNotice(listener: (notice: Notice) => void): () => void;
  /** Runs a side effect under a name of its own, and answers what it answers. */
  effect<T>(name: string, run: () => Promise<T> | T): Promise<T>;
}
