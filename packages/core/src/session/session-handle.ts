/** A session as whoever opened it sees it. Who keeps its books is left to the client session. */
import type { SendOptions } from '../channel/outbox.js';
import type { SessionStateName } from '../snapshot/report.js';
import type { Notice } from '../vocabulary/notice.js';
import type { Outcome } from './outcome.js';

/** What a client does with a session. */
export interface SessionHandle<Received = unknown, Sent = unknown, Result = unknown> {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly state: SessionStateName;
  /** What the agent sends; ends when the session has ended. Each message reaches one reader. */
  readonly messages: AsyncIterableIterator<Sent>;
  /** Resolves once, however the session ends; never rejects. */
  readonly done: Promise<Outcome<Result>>;
  /**
   * Sends to the agent; waits above the high-water mark.
   * @throws (as a rejection) TENANTRY_MESSAGE_UNCLONEABLE, TENANTRY_MESSAGE_TOO_LARGE,
   *   TENANTRY_MESSAGE_TOO_DEEP, TENANTRY_CHANNEL_OVERFLOW, TENANTRY_SESSION_ENDED
   */
  send(message: Received, options?: SendOptions): Promise<void>;
  /**
   * Hears when a limit, a drain or the end of the pool is near, as the agent does. Of the notices that
   * were given before, the latest of each reason goes to the first listener at once. Returns the
   * function that removes it.
   */
  onNotice(listener: (notice: Notice) => void): () => void;
  /** Says that no more will be sent, and resolves with the outcome when the agent has finished. */
  close(): Promise<Outcome<Result>>;
  /** Ends the session now with `cancelled`; the agent has `abortGraceMs` to finish. */
  cancel(detail?: string): Promise<Outcome<Result>>;
}
