/** The two ends of a session's conversation, and how they are joined when both live on one loop. */
import { Inbox } from './inbox.js';
import type { MessageLimits } from './message-limits.js';
import { Outbox } from './outbox.js';

/** What one side of a session holds: where it sends and where it receives. */
export interface ChannelEnd {
  readonly inbox: Inbox;
  readonly outbox: Outbox;
}

/** Two ends joined directly: a message is in the other inbox when `send` returns. */
export function joinedEnds(
  limits: MessageLimits,
  nowMs: () => number,
): { client: ChannelEnd; agent: ChannelEnd } {
  const toAgent = new Inbox();
  const toClient = new Inbox(nowMs);
  const fromClient = new Outbox(limits, (message) => toAgent.push(message), nowMs);
  const fromAgent = new Outbox(limits, (message) => toClient.push(message));
  toAgent.onConsumed = (count, bytes) => fromClient.credit(count, bytes);
  toClient.onConsumed = (count, bytes) => fromAgent.credit(count, bytes);
  return {
    client: { inbox: toClient, outbox: fromClient },
    agent: { inbox: toAgent, outbox: fromAgent },
  };
}
