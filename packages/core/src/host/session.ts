/** What an agent's code receives: the session as seen from inside. */
import type { SendOptions } from '../channel/outbox.js';
import type { Log } from '../log/log.js';

/** Plain data a client attaches to a session; the routing chain reads `agent`, `demo` and `room`. */
export type Metadata = Readonly<Record<string, unknown>>;

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
  /** Runs a side effect under a name of its own, and answers what it answers. */
  effect<T>(name: string, run: () => Promise<T> | T): Promise<T>;
}
