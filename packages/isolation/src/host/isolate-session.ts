/** One session in an isolate, as the host holds it: its link, and its end, told once. */
import { TenantryError, type Clock } from '@tenantry/core/internal';
import {
  abortError,
  fromWireError,
  type AbortReason,
  type ChannelEnd,
  type MessageLimits,
  type OnSessionEnd,
  type SessionEnd,
  type SessionSpec,
  type TurnCost,
} from '@tenantry/core/internal';
import type { FrameCarrier } from '../wire/frame-carrier.js';
import type { FrameSignal, WireEnd } from '../wire/messages.js';
import { SessionLink } from '../wire/session-link.js';

export class IsolateSession {
  readonly id: string;
  readonly tenant: string;
  /** Resolves when the agent has been entered; rejects with the guest's refusal. */
  readonly started: Promise<void>;
  readonly #link: SessionLink;
  readonly #onEnd: OnSessionEnd;
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
  ) {
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

  /** Ends it for its client without the guest's word. */
  endHere(reason: AbortReason, detail?: string): void {
    const error = abortError(reason, { tenant: this.tenant, session: this.id }, detail);
    this.#end({ reason, error });
  }

  #signalled(signal: FrameSignal): void {
    switch (signal.kind) {
      case 'started':
        this.#hasStarted = true;
        this.#resolveStarted();
        return;
      case 'refused':
        this.#ended = true;
        this.#link.close();
        this.#rejectStarted(fromWireError(signal.error));
        return;
      case 'ended':
        this.#end(toSessionEnd(signal.end), signal.cost ?? undefined);
        return;
      case 'close':
        return;
    }
  }

  #end(end: SessionEnd, cost?: TurnCost): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link.close();
    this.#link.end.inbox.close();
    if (!this.#hasStarted) {
      this.#rejectStarted(
        end.reason === 'completed'
          ? new TenantryError('TENANTRY_INTERNAL', 'a session completed before it started')
          : (end.error as Error),
      );
      return;
    }
    this.#onEnd(end, cost);
  }
}

function toSessionEnd(end: WireEnd): SessionEnd {
  return end.reason === 'completed' ? end : { reason: end.reason, error: fromWireError(end.error) };
}
