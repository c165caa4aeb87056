/**
 * One end of a session whose other end is on another loop. Messages of one turn travel as one frame;
 * credit travels with them, or alone when a quarter of the window has been consumed, so that a sender
 * never stops for want of credit it has already earned.
 */
import { ChannelEnd, ClonedMessage, Inbox, Outbox } from '@tenantry/core/internal';
import type { CarriedEnd, MessageLimits } from '@tenantry/core/internal';
import type { FrameCarrier } from './frame-carrier.js';
import type { Frame, FrameSignal } from './messages.js';

const NOTHING: readonly never[] = [];
/**
 * A full window in one frame would make the two loops take turns: each idle while the other works.
 * Measured: 16 is up to half as fast again as 64 on two cores; 8 costs a pipe more in system calls.
 */
const MOST_MESSAGES_A_FRAME = 16;

export class SessionLink {
  readonly end: ChannelEnd;
  readonly #carrier: FrameCarrier;
  readonly #creditAtCount: number;
  readonly #creditAtBytes: number;
  #messages: unknown[] = [];
  #sizes: number[] = [];
  #moved: ArrayBuffer[] | undefined;
  #creditCount = 0;
  #creditBytes = 0;
  #flushDue = false;
  #closed = false;
  readonly #flush = (): void => {
    this.#flushDue = false;
    this.#post(null);
  };

  constructor(
    carrier: FrameCarrier,
    limits: MessageLimits,
    onSignal: (signal: FrameSignal) => void,
    nowMs?: () => number,
    carried?: CarriedEnd,
  ) {
    this.#carrier = carrier;
    this.#creditAtCount = Math.max(1, limits.highWaterMessages >> 2);
    this.#creditAtBytes = Math.max(1, limits.highWaterBytes >> 2);
    if (carried === undefined) {
      const inbox = new Inbox(nowMs);
      const outbox = new Outbox(limits, (message) => this.#depart(message), nowMs);
      inbox.onConsumed = (count, bytes) => this.#consumed(count, bytes);
      this.end = new ChannelEnd(inbox, outbox);
    } else this.end = carried.end;
    carrier.listen((frame) => this.#arrived(frame, onSignal));
  }

  /**
   * Gives a carried end to this link: what the agent has not consumed elsewhere goes first, with credit
   * for what the client has consumed meanwhile.
   */
  join({ end, unread }: CarriedEnd, consumedCount: number, consumedBytes: number): void {
    end.inbox.onConsumed = (count, bytes) => this.#consumed(count, bytes);
    if (consumedCount > 0) this.#consumed(consumedCount, consumedBytes);
    end.outbox.rejoin((message) => this.#depart(message), unread);
  }

  /** Says it after everything sent before, at once. */
  signal(signal: FrameSignal): void {
    this.#post(signal);
  }

  /** Nothing more comes or goes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#carrier.close();
  }

  #depart(message: ClonedMessage): void {
    this.#messages.push(message.value);
    this.#sizes.push(message.bytes);
    if (message.moved !== undefined) (this.#moved ??= []).push(...message.moved);
    if (this.#messages.length >= MOST_MESSAGES_A_FRAME) this.#post(null);
    else this.#schedule();
  }

  #consumed(count: number, bytes: number): void {
    this.#creditCount += count;
    this.#creditBytes += bytes;
    if (this.#creditCount >= this.#creditAtCount || this.#creditBytes >= this.#creditAtBytes) {
      this.#schedule();
    }
  }

  /** After the promises of this turn, so that a turn's messages make one frame. */
  #schedule(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    process.nextTick(this.#flush);
  }

  #post(signal: FrameSignal | null): void {
    if (this.#closed) return;
    const messages = this.#messages;
    if (messages.length === 0 && this.#creditCount === 0 && signal === null) return;
    const frame: Frame = [this.#creditCount, this.#creditBytes, messages, this.#sizes, signal];
    const moved = this.#moved ?? NOTHING;
    this.#messages = [];
    this.#sizes = [];
    this.#moved = undefined;
    this.#creditCount = 0;
    this.#creditBytes = 0;
    this.#carrier.post(frame, moved);
  }

  #arrived(frame: Frame, onSignal: (signal: FrameSignal) => void): void {
    if (this.#closed) return;
    const [creditCount, creditBytes, messages, sizes, signal] = frame;
    if (creditCount > 0) this.end.outbox.credit(creditCount, creditBytes);
    for (let index = 0; index < messages.length; index += 1) {
      this.end.inbox.push(new ClonedMessage(messages[index], sizes[index]!));
    }
    if (signal !== null) onSignal(signal);
  }
}
