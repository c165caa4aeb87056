/** One session in an isolate, as the host holds it: its link, and its end, told once. */
import { ClonedMessage, TenantryError, type Clock, type Timer } from '@tenantry/core/internal';
import {
  abortError,
  fromWireError,
  type AbortReason,
  type CarriedEnd,
  type ChannelEnd,
  type FactListener,
  type MessageLimits,
  type MoveAnswer,
  type Notice,
  type OnSessionEnd,
  type SessionEnd,
  type SessionFact,
  type SessionSpec,
  type SessionCost,
} from '@tenantry/core/internal';
import type { FrameCarrier } from '../wire/frame-carrier.js';
import type { FrameSignal, WireEnd } from '../wire/messages.js';
import { SessionLink } from '../wire/session-link.js';

/** Old code of a session that was moved has this long to finish before its isolate may end. */
const LEAVE_MS = 1_000;

export class IsolateSession {
  readonly id: string;
  readonly tenant: string;
  /** Resolves when the agent has been entered; rejects with the guest's refusal. */
  readonly started: Promise<void>;
  readonly #link: SessionLink;
  readonly #onEnd: OnSessionEnd;
  readonly #spec: SessionSpec;
  readonly #clock: Clock;
  readonly #carried: CarriedEnd | undefined;
  /** It runs elsewhere now; and its code here has come to its end, or has had the time for it. */
  onMoved: () => void = () => {};
  onLeft: (hasSettled: boolean) => void = () => {};
  #askedCarryable: ((isCarryable: boolean) => void) | undefined;
  #asked: ((answer: MoveAnswer) => void) | undefined;
  #leaving: Timer | undefined;
  /** Given before the agent was entered. */
  #notices: Notice[] | undefined;
  #noticeListener: ((notice: Notice) => void) | undefined;
  /** Given before anybody has heard. */
  #pressure: Notice | undefined;
  #factListener: FactListener | undefined;
  /** Reported before anybody has heard. */
  #facts: SessionFact[] | undefined;
  #resolveStarted!: () => void;
  #rejectStarted!: (error: Error) => void;
  #hasStarted = false;
  #ended = false;

  constructor(
    spec: SessionSpec,
    carrier: FrameCarrier,
    limits: MessageLimits,
    clock: Clock,
    onEnd: OnSessionEnd,
    carried?: CarriedEnd,
  ) {
    this.#spec = spec;
    this.#clock = clock;
    this.#carried = carried;
    this.id = spec.id;
    this.tenant = spec.tenant;
    this.#onEnd = onEnd;
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    this.started.catch(() => {});
    this.#link = new SessionLink(
      carrier,
      limits,
      (signal) => this.#signalled(signal),
      () => clock.nowMs(),
      carried,
    );
  }

  get client(): ChannelEnd {
    return this.#link.end;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  closeInput(): void {
    this.#link.end.outbox.flush();
    this.#link.signal({ kind: 'close' });
  }

  notice(notice: Notice): void {
    if (this.#hasStarted) this.#link.signal({ kind: 'notice', notice });
    else (this.#notices ??= []).push(notice);
  }

  /** Its isolate is near a limit of its own. */
  pressed(notice: Notice): void {
    this.notice(notice);
    if (this.#noticeListener === undefined) this.#pressure = notice;
    else this.#noticeListener(notice);
  }

  hearNotices(listener: (notice: Notice) => void): void {
    this.#noticeListener = listener;
    if (this.#pressure !== undefined) listener(this.#pressure);
  }

  hearFacts(listener: FactListener): void {
    this.#factListener = listener;
    for (const fact of this.#facts?.splice(0) ?? []) listener(fact);
  }

  askCarryable(answer: (isCarryable: boolean) => void): void {
    this.#askedCarryable = answer;
    this.#link.signal({ kind: 'ask-carryable' });
  }

  askMove(answer: (answer: MoveAnswer) => void): void {
    if (this.#ended) return;
    this.#asked = answer;
    this.#link.signal({ kind: 'move' });
  }

  keepHere(): void {
    this.#link.signal({ kind: 'keep' });
  }

  /** Ends it for its client without the guest's word; `cost` is what is known of it. */
  endHere(reason: AbortReason, detail?: string, cost?: SessionCost): void {
    const error = abortError(reason, { tenant: this.tenant, session: this.id }, detail);
    this.#end({ reason, error }, cost);
  }

  #signalled(signal: FrameSignal): void {
    switch (signal.kind) {
      case 'started':
        this.#start();
        return;
      case 'fact':
        if (this.#factListener === undefined) (this.#facts ??= []).push(signal.fact);
        else this.#factListener(signal.fact);
        return;
      case 'is-carryable':
        this.#askedCarryable?.(signal.isCarryable);
        return;
      case 'kept':
        this.#answer(signal);
        return;
      case 'moved':
        this.#handedOver(signal);
        return;
      case 'settled':
        this.#left(true);
        return;
      case 'refused':
        this.#ended = true;
        this.#link.close();
        this.#rejectStarted(fromWireError(signal.error));
        return;
      case 'ended':
        this.#end(toSessionEnd(signal.end), signal.cost ?? undefined);
        return;
      default:
        // What only a host says.
        return;
    }
  }

  #start(): void {
    this.#hasStarted = true;
    const { resumed } = this.#spec;
    if (this.#carried !== undefined && resumed !== undefined) {
      const { count, bytes } = this.#carried.end.inbox.untold();
      const consumedCount = resumed.underWayCount - count;
      this.#link.join(this.#carried, consumedCount, resumed.underWayBytes - bytes);
    }
    for (const notice of this.#notices ?? []) this.notice(notice);
    this.#resolveStarted();
  }

  #answer(answer: MoveAnswer): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.(answer);
  }

  #handedOver({ run, unread, sizes, cost }: FrameSignal & { kind: 'moved' }): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leaving = this.#clock.after(LEAVE_MS, () => this.#left(false));
    this.onMoved();
    this.#answer({
      kind: 'moved',
      run,
      unread: unread.map((value, index) => new ClonedMessage(value, sizes[index]!)),
      cost: cost ?? undefined,
    });
  }

  #left(hasSettled: boolean): void {
    if (this.#leaving === undefined) return;
    this.#leaving.cancel();
    this.#leaving = undefined;
    this.#link.close();
    this.onLeft(hasSettled);
  }

  #end(end: SessionEnd, cost?: SessionCost): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link.close();
    if (!this.#hasStarted) {
      this.#rejectStarted(
        end.reason === 'completed'
          ? new TenantryError('TENANTRY_INTERNAL', 'a session completed before it started')
          : end.error,
      );
      return;
    }
    this.#link.end.inbox.close();
    this.#onEnd(end, cost);
  }
}

function toSessionEnd(end: WireEnd): SessionEnd {
  return end.reason === 'completed' ? end : { reason: end.reason, error: fromWireError(end.error) };
}
