/** A session of which everything is recorded that its client and its place say to each other. */
import { cloneMessage } from '../channel/cloneable.js';
import type { MessageLimits } from '../channel/message-limits.js';
import type { SendOptions } from '../channel/outbox.js';
import type { Placed } from '../placement/executor.js';
import type { SessionRecorder } from '../recorder/session-recorder.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';
import { ClientSession, type SessionRules } from './client-session.js';
import type { Outcome } from './outcome.js';
import type { Origin } from './session-move.js';

export class RecordedSession extends ClientSession {
  readonly #recorder: SessionRecorder;
  readonly #limits: MessageLimits;

  constructor(
    names: { readonly id: string; readonly tenant: string; readonly agent: string },
    rules: SessionRules,
    recorder: SessionRecorder,
    limits: MessageLimits,
  ) {
    super(names.id, names.tenant, names.agent, rules);
    this.#recorder = recorder;
    this.#limits = limits;
  }

  override send(message: unknown, options?: SendOptions): Promise<void> {
    const outbox = this.place?.client.outbox;
    const sentBefore = outbox?.sentCount;
    // Before it is sent: buffers that are handed over are gone afterwards.
    const copy = this.#copied(message);
    const sent = super.send(message, options);
    if (outbox?.sentCount !== sentBefore) this.#recorder.received(copy);
    return sent;
  }

  override close(): Promise<Outcome> {
    if (this.state === 'active') this.#recorder.closed();
    return super.close();
  }

  override abort(reason: AbortReason, detail?: string): void {
    if (this.isEnding) return;
    this.#recorder.aborted(reason, detail);
    super.abort(reason, detail);
  }

  override notice(notice: Notice): void {
    if (this.isEnding) return;
    this.#recorder.noticed(notice);
    super.notice(notice);
  }

  override placed(placed: Placed, origin?: Origin): void {
    this.#recorder.placedOn(placed.rung);
    // Nobody has read anything before this.
    placed.client.inbox.watch((value) => this.#recorder.sent(value));
    this.#hear(placed);
    super.placed(placed, origin);
  }

  override arrive(placed: Placed, origin: Origin): void {
    // Its client's end of the conversation is the same, and watched already.
    if (!this.hasEnded) this.#recorder.movedTo(placed.rung);
    this.#hear(placed);
    super.arrive(placed, origin);
  }

  #hear(placed: Placed): void {
    placed.hearFacts((fact) => this.#recorder.reported(fact));
  }

  /** What cannot be carried is not sent either, and `send` says why. */
  #copied(message: unknown): unknown {
    try {
      return cloneMessage(message, this.#limits).value;
    } catch {
      return undefined;
    }
  }
}
