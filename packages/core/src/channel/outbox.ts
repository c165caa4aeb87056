/**
 * The sending side of one direction. Holds at most a window of messages on their way (the high-water
 * mark) and a bounded backlog behind it; the receiver's consumption gives credit back. How messages
 * travel is left to `deliver`: a direct call on one loop, a batched wire between two.
 */
import { TenantryError } from '../errors/errors.js';
import { cloneMessage } from './cloneable.js';
import type { ClonedMessage } from './cloned-message.js';
import type { MessageLimits } from './message-limits.js';

export interface SendOptions {
  /** Buffers handed over instead of copied; unusable for the sender afterwards. */
  readonly transfer?: readonly ArrayBuffer[];
}

interface Waiting {
  readonly message: ClonedMessage;
  readonly admitted: () => void;
}

/** What a send that need not wait answers: one promise for all of them. */
export const SENT: Promise<void> = Promise.resolve();

export class Outbox {
  readonly #limits: MessageLimits;
  #deliver: (message: ClonedMessage) => void;
  #underWayCount = 0;
  #underWayBytes = 0;
  #waiting: Waiting[] | undefined;
  #waitingBytes = 0;
  #departing = false;
  /** While its session changes places: everything waits. */
  #held = false;
  #closedBy: (() => Error) | undefined;
  sentCount = 0;
  /** Time of the last message by the given clock; 0 without one or before the first. */
  lastAtMs = 0;
  readonly #nowMs: (() => number) | undefined;

  constructor(
    limits: MessageLimits,
    deliver: (message: ClonedMessage) => void,
    nowMs?: () => number,
  ) {
    this.#limits = limits;
    this.#deliver = deliver;
    this.#nowMs = nowMs;
  }

  /** Messages sent and not yet consumed, waiting ones included. */
  get queuedCount(): number {
    return this.#underWayCount + (this.#waiting?.length ?? 0);
  }

  /**
   * Takes the message as it is now. Undefined below the high-water mark, otherwise a promise that
   * resolves when the receiver has caught up.
   * @throws TENANTRY_MESSAGE_*, TENANTRY_CHANNEL_OVERFLOW, or the reason it is closed
   */
  offer(value: unknown, options?: SendOptions): Promise<void> | undefined {
    if (this.#closedBy !== undefined) throw this.#closedBy();
    // Before the clone, which takes transferred buffers away from the sender.
    if ((this.#waiting?.length ?? 0) >= this.#limits.maxWaitingMessages && !this.#hasRoom()) {
      throw this.#overflow();
    }
    const message = cloneMessage(value, this.#limits, options?.transfer);
    if (this.#nowMs !== undefined) this.lastAtMs = this.#nowMs();
    if (this.#waiting !== undefined || !this.#hasRoom()) return this.#wait(message);
    this.sentCount += 1;
    this.#depart(message);
    return undefined;
  }

  /** Lets nothing depart until `release`: the receiver is about to be another one. */
  hold(): void {
    this.#held = true;
  }

  /** What waited goes on; all of it, where the outbox was closed meanwhile. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#closedBy === undefined) this.credit(0, 0);
    else this.flush();
  }

  /** Another receiver from now on; it gets first what the one before had not consumed. */
  rejoin(deliver: (message: ClonedMessage) => void, unread: readonly ClonedMessage[]): void {
    this.#deliver = deliver;
    this.#underWayCount = 0;
    this.#underWayBytes = 0;
    for (const message of unread) this.#depart(message);
  }

  /** Counts what a predecessor has sent and the receiver has yet to consume as under way. */
  takeOver(sentCount: number, underWayCount: number, underWayBytes: number): void {
    this.sentCount = sentCount;
    this.#underWayCount = underWayCount;
    this.#underWayBytes = underWayBytes;
  }

  /** The receiver has consumed so much. */
  credit(count: number, bytes: number): void {
    this.#underWayCount -= count;
    this.#underWayBytes -= bytes;
    const waiting = this.#waiting;
    // A receiver that reads ahead gives credit inside `deliver`; the loop under way there uses it.
    if (waiting === undefined || this.#departing) return;
    this.#departing = true;
    let departed = 0;
    while (departed < waiting.length && this.#hasRoom()) {
      const { message, admitted } = waiting[departed++]!;
      this.#waitingBytes -= message.bytes;
      this.#depart(message);
      admitted();
    }
    this.#departing = false;
    if (departed === waiting.length) this.#waiting = undefined;
    else waiting.splice(0, departed);
  }

  /** Sends what waits without regard to credit: the last word before the end of the session. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#held) return;
    this.#waiting = undefined;
    for (const { message, admitted } of waiting) {
      this.#depart(message);
      admitted();
    }
    this.#waitingBytes = 0;
  }

  /** Every later send rejects with `reason()`; what already waits is let go with `flush` before. */
  close(reason: () => Error): void {
    this.#closedBy ??= reason;
    this.flush();
  }

  #hasRoom(): boolean {
    // Judged before the message is added, so that one larger than the window can pass at all.
    return (
      !this.#held &&
      this.#underWayCount < this.#limits.highWaterMessages &&
      this.#underWayBytes < this.#limits.highWaterBytes
    );
  }

  #depart(message: ClonedMessage): void {
    this.#underWayCount += 1;
    this.#underWayBytes += message.bytes;
    this.#deliver(message);
  }

  #wait(message: ClonedMessage): Promise<void> {
    const isFull = this.#waitingBytes + message.bytes > this.#limits.maxWaitingBytes;
    if (this.#waiting !== undefined && isFull) throw this.#overflow();
    this.sentCount += 1;
    this.#waitingBytes += message.bytes;
    return new Promise<void>((admitted) => {
      (this.#waiting ??= []).push({ message, admitted });
    });
  }

  #overflow(): TenantryError {
    const waitingMessages = this.#waiting?.length ?? 0;
    const waitingBytes = this.#waitingBytes;
    const { maxWaitingMessages, maxWaitingBytes } = this.#limits;
    return new TenantryError(
      'TENANTRY_CHANNEL_OVERFLOW',
      `${waitingMessages} messages (${waitingBytes} bytes) already wait to be sent: ` +
        `the limit is ${maxWaitingMessages} messages or ${maxWaitingBytes} bytes; await send()`,
      { details: { waitingMessages, waitingBytes } },
    );
  }
}
