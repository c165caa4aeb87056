/** The two ends of a session's conversation, and how they are joined when both live on one loop. */
import type { ClonedMessage } from './cloned-message.js';
import { Inbox } from './inbox.js';
import type { MessageLimits } from './message-limits.js';
import { Outbox } from './outbox.js';

/** The client's end of a session that comes from another place. */
export interface CarriedEnd {
  readonly end: ChannelEnd;
  /** What its client has sent and the agent has not consumed there. */
  readonly unread: readonly ClonedMessage[];
}

/** What one side of a session holds: where it sends and where it receives. */
export class ChannelEnd {
  readonly inbox: Inbox;
  readonly outbox: Outbox;

  constructor(inbox: Inbox, outbox: Outbox) {
    this.inbox = inbox;
    this.outbox = outbox;
  }

  /** Time of its last message, either way; 0 before the first. */
  get lastAtMs(): number {
    return Math.max(this.inbox.lastAtMs, this.outbox.lastAtMs);
  }
}

/**
 * Two ends joined directly: a message is in the other inbox when `send` returns.
 *
 * These, like everything made anew for each session or message, are instances rather than literals:
 * V8 keeps survival counts for literals only and, under a burst of short sessions, decides to
 * allocate them in the old space, where each dead one keeps the young objects it points to alive.
 * Measured with literals: half of the CPU went to the collector.
 */
export class JoinedEnds {
  readonly client: ChannelEnd;
  readonly agent: ChannelEnd;

  /** With `carried`, the client keeps the end it has. */
  constructor(limits: MessageLimits, nowMs: () => number, carried?: CarriedEnd) {
    const toAgent = new Inbox();
    const toClient = carried?.end.inbox ?? new Inbox(nowMs);
    const deliver = (message: ClonedMessage): void => toAgent.push(message);
    const fromClient = carried?.end.outbox ?? new Outbox(limits, deliver, nowMs);
    const fromAgent = new Outbox(limits, (message) => toClient.push(message));
    toAgent.onConsumed = (count, bytes) => fromClient.credit(count, bytes);
    toClient.onConsumed = (count, bytes) => fromAgent.credit(count, bytes);
    this.client = carried?.end ?? new ChannelEnd(toClient, fromClient);
    this.agent = new ChannelEnd(toAgent, fromAgent);
    if (carried !== undefined) fromClient.rejoin(deliver, carried.unread);
  }
}
