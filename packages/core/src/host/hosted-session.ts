/**
 * One session on the loop that runs it: the agent's promise, its abort signal, its end. It ends once,
 * with the first cause; code that goes on running after that end makes it a ghost.
 */
import type { TurnCost } from '../attribution/turn-clock.js';
import { runAs } from '../attribution/turn-scope.js';
import { SENT, type SendOptions } from '../channel/outbox.js';
import { cloneMessage } from '../channel/cloneable.js';
import type { MessageLimits } from '../channel/message-limits.js';
import type { ChannelEnd } from '../channel/session-channel.js';
import { hasCode } from '../errors/errors.js';
import { detachedError } from '../errors/wire-error.js';
import type { Log } from '../log/log.js';
import type { AttemptFact } from '../recorder/session-facts.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';
import type { Agent } from './agent.js';
import { Carry, type MoveAnswer } from './carry.js';
import { Effects, type FactListener } from './effects.js';
import { NoticeBoard, type NoticeListener } from './notice-board.js';
import {
  abortError,
  endedError,
  movedError,
  type OnSessionEnd,
  type SessionEnd,
} from './session-end.js';
import type { Rostered } from './roster.js';
import type { Metadata, Session, SessionJob } from './session.js';
import type { SessionSpec } from './session-spec.js';
import { isThenable } from './thenable.js';

/** What the host of a session is told by it. */
export interface HostedSessionEvents {
  /** The session has ended for its client; told once. */
  ended(session: HostedSession): void;
  /** The agent's code has come to its own end, before or after the session. */
  settled(session: HostedSession): void;
  /** What its turns have cost so far; undefined where that is not measured. */
  cost(session: HostedSession): TurnCost | undefined;
  /** An error in code of the session that nobody awaits. */
  stray(session: HostedSession, error: unknown): void;
}

type Abort = { readonly reason: AbortReason; readonly error: Error };

/** How its code has come to its end; what it threw can be anything. */
type Settled =
  | { readonly reason: 'completed'; readonly result: unknown }
  | { readonly reason: 'failed'; readonly error: unknown };

const NO_METADATA: Metadata = Object.freeze({});

export class HostedSession implements Session, Rostered {
  rosterIndex = -1;
  turnSlot = 0;
  /** Whether the agent's code has come to its own end. */
  settled = false;
  /** Told, after it was moved, when its old code has come to its end. */
  onSettled: (() => void) | undefined;
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly input: unknown;
  readonly config: unknown;
  readonly metadata: Metadata;
  readonly job: SessionJob | undefined;
  readonly #end: ChannelEnd;
  readonly #events: HostedSessionEvents;
  readonly #onEnd: OnSessionEnd;
  readonly #limits: MessageLimits;
  readonly #rootLog: Log;
  #log: Log | undefined;
  #controller: AbortController | undefined;
  #abort: Abort | undefined;
  /** Why the agent is to stop; kept for a signal that is asked for only later. */
  #brokenBy: Error | undefined;
  #ended = false;
  #isPinned = false;
  #carry: Carry | undefined;
  #board: NoticeBoard | undefined;
  readonly #effects: Effects | undefined;

  constructor(
    spec: SessionSpec,
    end: ChannelEnd,
    onEnd: OnSessionEnd,
    events: HostedSessionEvents,
    limits: MessageLimits,
    log: Log,
  ) {
    this.id = spec.id;
    this.tenant = spec.tenant;
    this.agent = spec.agent;
    this.input = spec.input;
    this.config = spec.config;
    this.metadata = spec.metadata ?? NO_METADATA;
    this.job = spec.job;
    this.#end = end;
    this.#onEnd = onEnd;
    this.#events = events;
    this.#limits = limits;
    this.#rootLog = log;
    if (spec.records === true || spec.replays !== undefined) {
      this.#effects = new Effects(limits, spec.replays);
    }
    if (spec.resumed !== undefined) this.#carry = new Carry(end, limits, spec.resumed);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#brokenBy !== undefined) this.#controller.abort(this.#brokenBy);
    }
    return this.#controller.signal;
  }

  get log(): Log {
    this.#log ??= this.#rootLog.child({
      tenant: this.tenant,
      agent: this.agent,
      session: this.id,
    });
    return this.#log;
  }

  get messages(): AsyncIterableIterator<unknown> {
    return this.#end.inbox;
  }

  get messageCount(): number {
    return this.#end.inbox.consumedCount;
  }

  get sentCount(): number {
    return this.#end.outbox.sentCount;
  }

  /** Whether its end has not been told yet. */
  get isRunning(): boolean {
    return !this.#ended;
  }

  send(message: unknown, options?: SendOptions): Promise<void> {
    try {
      return this.#end.outbox.offer(message, options) ?? SENT;
    } catch (error) {
      if (hasCode(error, 'TENANTRY_CHANNEL_OVERFLOW')) this.fail(error);
      return this.#refused(error);
    }
  }

  async effect<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    return this.#effects === undefined ? run() : this.#effects.run(name, run);
  }

  /** Of a session that is neither recorded nor replayed there is nothing to hear. */
  hearFacts(listener: FactListener): void {
    this.#effects?.hear(listener);
  }

  /** A dry run refused its code something. */
  attempted(attempt: AttemptFact): void {
    this.#effects?.attempted(attempt);
  }

  get resumed(): { readonly state: unknown } | undefined {
    return this.#carrying.resumed;
  }

  /** Whether it can be moved to another place. */
  get isCarryable(): boolean {
    return !this.#isPinned && (this.#carry?.isCarryable ?? false);
  }

  checkpoint(state: unknown): Promise<void> {
    const carry = this.#carrying;
    try {
      if (this.#ended) throw this.#brokenBy ?? this.#over('has ended');
      carry.checkpoint(state);
    } catch (error) {
      return this.#refused(error);
    }
    return carry.asked === undefined ? SENT : this.#refused(this.#handOver(carry));
  }

  pin(): void {
    this.#isPinned = true;
    this.#stayFor('not-carryable');
  }

  onNotice(listener: NoticeListener): () => void {
    return this.#noticeBoard.listen(listener);
  }

  /** Tells the agent that a limit is near. */
  notice(notice: Notice): void {
    if (!this.#ended) this.#noticeBoard.give(notice);
  }

  /**
   * Asks for the session's hand-over at its next safe point; until then its agent gets no further
   * message. Answered once, possibly before this returns.
   */
  askMove(answer: (answer: MoveAnswer) => void): void {
    const carry = this.#carry;
    if (this.#ended || this.#abort !== undefined) answer({ kind: 'kept', why: 'ended' });
    else if (carry === undefined || !this.isCarryable)
      answer({ kind: 'kept', why: 'not-carryable' });
    else {
      this.#end.inbox.hold();
      carry.asked = answer;
      if (carry.isSafe) this.#handOver(carry);
    }
  }

  /** Gives the request up, where the session has not been handed over. */
  keepHere(): void {
    this.#stayFor('given-up');
  }

  /** Enters the agent; the caller has made this session the owner of the turn. */
  run(agent: Agent): void {
    try {
      const returned = agent.run(this);
      if (isThenable(returned)) {
        returned.then(
          (result) => this.#settle({ reason: 'completed', result }),
          (error: unknown) => this.#settle({ reason: 'failed', error }),
        );
      } else {
        this.#settle({ reason: 'completed', result: returned });
      }
    } catch (error) {
      this.#settle({ reason: 'failed', error });
    }
  }

  /** Asks the agent to end; the session's end waits until its code has. */
  abort(reason: AbortReason, detail?: string): void {
    if (this.#ended || this.#abort !== undefined) return;
    const made = (): Error => abortError(reason, { tenant: this.tenant, session: this.id }, detail);
    this.#abort = { reason, error: made() };
    this.#stayFor('ended');
    // One of its own for the agent, which can change what it is given.
    this.#breakOff(made());
  }

  /** Ends the session for its client although its code still runs. */
  abandon(reason: AbortReason, detail?: string): void {
    this.abort(reason, detail);
    if (this.#abort !== undefined) this.#finish(this.#abort);
  }

  /** Ends the session because of an error its own promise never told. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const isAborted = this.#abort !== undefined;
    this.#finish(this.#abort ?? { reason: 'failed', error });
    if (!isAborted) this.#breakOff(this.#over('has failed'));
  }

  get #carrying(): Carry {
    return (this.#carry ??= new Carry(this.#end, this.#limits));
  }

  get #noticeBoard(): NoticeBoard {
    return (this.#board ??= new NoticeBoard(
      (run) => runAs(this, run),
      (error) => this.#events.stray(this, error),
    ));
  }

  /** Ends this run; what it was given and has not consumed goes with it. Answers what its code is told. */
  #handOver(carry: Carry): Error {
    const error = movedError({ tenant: this.tenant, session: this.id });
    const unread = this.#end.inbox.takeUnread();
    // Before the agent's code hears of it: nothing it says afterwards is part of the checkpoint.
    this.#ended = true;
    this.#end.outbox.close(() => error);
    const { run } = carry;
    this.#events.ended(this);
    carry.answer({ kind: 'moved', run, unread, cost: this.#events.cost(this) });
    this.#breakOff(error);
    return error;
  }

  #stayFor(why: 'not-carryable' | 'given-up' | 'ended'): void {
    if (this.#carry?.asked === undefined) return;
    if (why !== 'ended') this.#end.inbox.release();
    this.#carry.answer({ kind: 'kept', why });
  }

  /** An agent that does not await it is told by the session's end, not by a stray rejection. */
  #refused(why: unknown): Promise<never> {
    const refused = Promise.reject(why);
    if (this.#ended || this.#abort !== undefined) refused.catch(() => {});
    return refused;
  }

  #over(how: string): Error {
    return endedError({ tenant: this.tenant, session: this.id }, how);
  }

  #breakOff(error: Error): void {
    this.#brokenBy = error;
    const controller = this.#controller;
    // Its listeners are the agent's code: a turn of the session, whoever has broken it off, in which they
    // may take their time, or throw.
    if (controller !== undefined) runAs(this, () => controller.abort(error));
    this.#end.inbox.break(error);
    this.#end.outbox.close(() => error);
  }

  #settle(end: Settled): void {
    this.settled = true;
    if (!this.#ended) this.#finish(this.#abort ?? this.#carried(end));
    this.#events.settled(this);
    this.onSettled?.();
  }

  /** A result is data like any message, on every rung. */
  #carried(end: Settled): Settled {
    if (end.reason !== 'completed') return end;
    try {
      return { reason: 'completed', result: cloneMessage(end.result, this.#limits).value };
    } catch (error) {
      return { reason: 'failed', error };
    }
  }

  /** Read in its own turn: an agent's error may have getters. */
  #detached(end: Settled | Abort): SessionEnd {
    if (end.reason !== 'failed') return end;
    return { reason: 'failed', error: runAs(this, () => detachedError(end.error)) };
  }

  #finish(settled: Settled | Abort): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stayFor('ended');
    this.#end.outbox.close(() => this.#over(`has ended (${settled.reason})`));
    this.#events.ended(this);
    const end = this.#detached(settled);
    this.#onEnd(end, this.#events.cost(this));
  }
}
