/**
 * What one session needs to be moved alive: its latest checkpoint, and whether anything has happened
 * since. Asking for the move and carrying it out are left to the hosted session.
 */
import { cloneMessage } from '../channel/cloneable.js';
import type { ClonedMessage } from '../channel/cloned-message.js';
import type { MessageLimits } from '../channel/message-limits.js';
import type { ChannelEnd } from '../channel/session-channel.js';
import type { SessionCost } from './session-end.js';

/** A run as the next one takes it up. */
export interface CarriedRun {
  readonly state: unknown;
  readonly consumedCount: number;
  readonly sentCount: number;
}

/** A run that is taken up, as plain data: what was sent and the client has not consumed counts on. */
export interface ResumedRun extends CarriedRun {
  readonly underWayCount: number;
  readonly underWayBytes: number;
}

/** What comes of asking a session to be moved; `kept`: it goes on where it is. */
export type MoveAnswer =
  | {
      readonly kind: 'moved';
      readonly run: CarriedRun;
      /** Sent by the client and not consumed, oldest first. */
      readonly unread: readonly ClonedMessage[];
      readonly cost: SessionCost | undefined;
    }
  | { readonly kind: 'kept'; readonly why: 'not-carryable' | 'given-up' | 'ended' };

export class Carry {
  readonly #end: ChannelEnd;
  readonly #limits: MessageLimits;
  readonly #resumedState: unknown;
  readonly #isResumed: boolean;
  #resumed: { readonly state: unknown } | undefined;
  #hasReadResumed = false;
  #checkpoint: { readonly state: unknown } | undefined;
  #consumedCount = 0;
  #sentCount = 0;
  /** Who waits for the safe point. */
  asked: ((answer: MoveAnswer) => void) | undefined;

  constructor(end: ChannelEnd, limits: MessageLimits, resumed?: ResumedRun) {
    this.#end = end;
    this.#limits = limits;
    this.#isResumed = resumed !== undefined;
    this.#resumedState = resumed?.state;
    if (resumed === undefined) return;
    end.inbox.consumedCount = resumed.consumedCount;
    end.outbox.takeOver(resumed.sentCount, resumed.underWayCount, resumed.underWayBytes);
    this.#keep(resumed.state);
  }

  /** What the session was moved with. The agent gets a copy of its own, as it may change it. */
  get resumed(): { readonly state: unknown } | undefined {
    if (!this.#hasReadResumed && this.#isResumed) {
      this.#resumed = { state: cloneMessage(this.#resumedState, this.#limits).value };
    }
    this.#hasReadResumed = true;
    return this.#resumed;
  }

  get isCarryable(): boolean {
    return this.#hasReadResumed && this.#checkpoint !== undefined;
  }

  /** Whether the checkpoint stands for everything the agent has consumed and sent. */
  get isSafe(): boolean {
    return (
      this.isCarryable &&
      this.#end.inbox.consumedCount === this.#consumedCount &&
      this.#end.outbox.sentCount === this.#sentCount
    );
  }

  get run(): CarriedRun {
    return {
      state: this.#checkpoint?.state,
      consumedCount: this.#consumedCount,
      sentCount: this.#sentCount,
    };
  }

  /** @throws TENANTRY_MESSAGE_* */
  checkpoint(state: unknown): void {
    this.#keep(cloneMessage(state, this.#limits).value);
  }

  /** Answers whoever asked, once. */
  answer(answer: MoveAnswer): void {
    const { asked } = this;
    this.asked = undefined;
    asked?.(answer);
  }

  #keep(state: unknown): void {
    this.#checkpoint = { state };
    this.#consumedCount = this.#end.inbox.consumedCount;
    this.#sentCount = this.#end.outbox.sentCount;
  }
}
