/**
 * A session as its client holds it, and the pool's books on it: state, deadlines, end. Deadlines are
 * kept on this side because the loop that runs the agent may be the one that is stuck.
 */
import { SENT, type SendOptions } from '../channel/outbox.js';
import { TenantryError } from '../errors/errors.js';
import type { MoveAnswer } from '../host/carry.js';
import {
  abortError,
  type OnSessionEnd,
  type SessionCost,
  type SessionEnd,
} from '../host/session-end.js';
import type { Rostered } from '../host/roster.js';
import { step } from '../host/session-state.js';
import type { Executor, Placed } from '../placement/executor.js';
import type { BlockedFigure } from '../snapshot/figures.js';
import type { SessionEntry, SessionStateName } from '../snapshot/report.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';
import { toOutcome, type Outcome } from './outcome.js';
import { SessionDeadlines, type DeadlineRules, type Timed } from './session-deadlines.js';
import { SessionMove, type Movable, type MoveResult, type Origin } from './session-move.js';

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
  /** Says that no more will be sent, and resolves with the outcome when the agent has finished. */
  close(): Promise<Outcome<Result>>;
  /** Ends the session now with `cancelled`; the agent has `abortGraceMs` to finish. */
  cancel(detail?: string): Promise<Outcome<Result>>;
}

export interface SessionRules extends DeadlineRules {
  readonly abortGraceMs: number;
  readonly readAheadCount: number;
  readonly deploymentVersion: string | null;
  ended(session: ClientSession, outcome: Outcome): void;
}

export class ClientSession implements SessionHandle, Rostered, Timed, Movable {
  rosterIndex = -1;
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly startedMs: number;
  /** Highest share of memory seen so far. */
  memoryPeakBytes: number | null = null;
  readonly #rules: SessionRules;
  #state: SessionStateName = 'starting';
  #placed: Placed | undefined;
  #end: SessionEnd | undefined;
  /** Of this run and, where it was moved, of those before. */
  #cost: SessionCost | undefined;
  #outcome: Outcome | undefined;
  #done: Promise<Outcome> | undefined;
  #resolveDone: ((outcome: Outcome) => void) | undefined;
  #aborted: { readonly reason: AbortReason; readonly detail: string | undefined } | undefined;
  /** Made for the first deadline, as most sessions have none. */
  #deadlines: SessionDeadlines | undefined;
  #origin: Origin | undefined;
  #move: SessionMove | undefined;
  #moves = 0;
  /** Between two places: the old one has let go, the new one has not entered the agent yet. */
  #isInTransit = false;
  /** Closed by its client during a move, which its agent is told of afterwards. */
  #isClosingLate = false;
  /** Given while no place could be told. */
  #notices: Notice[] | undefined;

  constructor(id: string, tenant: string, agent: string, rules: SessionRules) {
    this.id = id;
    this.tenant = tenant;
    this.agent = agent;
    this.#rules = rules;
    this.startedMs = rules.clock.nowMs();
  }

  get state(): SessionStateName {
    return this.#state;
  }

  get messages(): AsyncIterableIterator<unknown> {
    return this.#here.client.inbox;
  }

  get done(): Promise<Outcome> {
    this.#done ??=
      this.#outcome === undefined
        ? new Promise((resolve) => {
            this.#resolveDone = resolve;
          })
        : Promise.resolve(this.#outcome);
    return this.#done;
  }

  send(message: unknown, options?: SendOptions): Promise<void> {
    try {
      return this.#here.client.outbox.offer(message, options) ?? SENT;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(): Promise<Outcome> {
    if (this.#state === 'active') {
      this.#state = step(this.#state, 'draining');
      const { client } = this.#here;
      client.outbox.close(() => this.#over('was closed by its client'));
      if (this.#move?.isHolding === true) {
        this.#isClosingLate = true;
        this.#move.giveUp();
      } else this.#closeInput();
    }
    return this.done;
  }

  cancel(detail?: string): Promise<Outcome> {
    this.abort('cancelled', detail);
    return this.done;
  }

  /** Ends the session for one of the runtime's own reasons; the first one counts. */
  abort(reason: AbortReason, detail?: string): void {
    if (this.#end !== undefined || this.#aborted !== undefined) return;
    this.#aborted = { reason, detail };
    if (this.#isInTransit)
      this.#endHere({ reason, error: abortError(reason, this.#about, detail) });
    else if (this.#placed !== undefined) this.#carryOutAbort(this.#placed);
  }

  /** Tells the agent that a limit is near; one that ends already has heard enough. */
  notice(notice: Notice): void {
    if (this.#end !== undefined || this.#aborted !== undefined) return;
    if (this.#placed === undefined || this.#isInTransit) (this.#notices ??= []).push(notice);
    else this.#placed.notice(notice);
  }

  /**
   * Moves the session alive to the place that `executor` finds by `settings`. It waits no longer than
   * `deadlineMs` for a safe point; where the place that runs it cannot answer, for that place's end.
   */
  async moveTo(
    executor: Executor,
    settings: TenantSettings,
    { deadlineMs }: { readonly deadlineMs: number },
  ): Promise<MoveResult> {
    if (this.#move !== undefined) return { kind: 'not-moved', why: 'moving' };
    const placed = this.#placed;
    const origin = this.#origin;
    if (placed === undefined || origin === undefined) return { kind: 'not-moved', why: 'ended' };
    this.#move = new SessionMove(this, placed, origin, this.#rules.clock);
    try {
      return await this.#move.run(executor, settings, deadlineMs);
    } finally {
      this.#move = undefined;
      if (this.#isClosingLate && this.#end === undefined) this.#closeInput();
    }
  }

  get isSteady(): boolean {
    return this.#state === 'active' && this.#end === undefined;
  }

  depart({ cost }: MoveAnswer & { kind: 'moved' }): boolean {
    this.#isInTransit = true;
    this.#cost = added(this.#cost, cost);
    const aborted = this.#aborted;
    if (aborted === undefined) return this.#end === undefined;
    const error = abortError(aborted.reason, this.#about, aborted.detail);
    this.#endHere({ reason: aborted.reason, error });
    return false;
  }

  arrive(placed: Placed, origin: Origin): void {
    this.#isInTransit = false;
    if (this.#outcome !== undefined) {
      // It has been aborted on the way: the new run is for nobody.
      placed.abandon(this.#aborted?.reason ?? 'cancelled', this.#aborted?.detail);
      return;
    }
    this.#placed = placed;
    this.#origin = origin;
    this.#moves += 1;
    if (this.#end === undefined) this.#giveNotices(placed);
    else this.#finish(this.#end);
  }

  strand(error: unknown): void {
    if (this.#end === undefined) this.#endHere({ reason: 'failed', error });
  }

  /** The session runs; `onEnd` may have been called before. */
  placed(placed: Placed, origin?: Origin): void {
    this.#placed = placed;
    this.#origin = origin;
    this.#state = step(this.#state, 'active');
    if (this.#end !== undefined) {
      this.#finish(this.#end);
      return;
    }
    if (this.#aborted !== undefined) {
      this.#carryOutAbort(placed);
      return;
    }
    this.#giveNotices(placed);
    const { maxDurationMs, idleTimeoutMs } = this.#rules;
    if (maxDurationMs !== null || idleTimeoutMs !== null) this.#timed.begin();
  }

  readonly onEnd: OnSessionEnd = (end, cost) => {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#cost = added(this.#cost, cost);
    if (this.#placed !== undefined && !this.#isInTransit) this.#finish(end);
  };

  /** It never ran. The opener is told; a drain that waits for its end is let go. */
  notPlaced(error: unknown): void {
    this.#state = step(this.#state, 'ended');
    this.#outcome = this.#outcomeOf({ reason: 'failed', error }, undefined);
    this.#resolveDone?.(this.#outcome);
  }

  entry(nowMs: number, blocked: BlockedFigure): SessionEntry {
    const placed = this.#placed;
    return {
      session: this.id,
      tenant: this.tenant,
      agent: this.agent,
      rung: placed?.rung ?? 'coroutine',
      isolate: placed?.isolate ?? '',
      state: this.#state,
      durationMs: nowMs - this.startedMs,
      idleMs: this.idleMs(nowMs),
      messagesIn: placed?.client.outbox.sentCount ?? 0,
      messagesOut: placed?.client.inbox.receivedCount ?? 0,
      queuedIn: placed?.client.outbox.queuedCount ?? 0,
      queuedOut: placed?.client.inbox.queuedCount ?? 0,
      blocked,
      memoryPeakBytes: this.memoryPeakBytes,
    };
  }

  get #here(): Placed {
    if (this.#placed !== undefined) return this.#placed;
    throw new TenantryError('TENANTRY_INTERNAL', `session ${this.id} is not placed yet`);
  }

  idleMs(nowMs: number): number {
    const client = this.#placed?.client;
    const lastMs = Math.max(
      this.startedMs,
      client?.outbox.lastAtMs ?? 0,
      client?.inbox.lastAtMs ?? 0,
    );
    return nowMs - lastMs;
  }

  #closeInput(): void {
    this.#here.client.inbox.readAhead(this.#rules.readAheadCount);
    this.#here.closeInput();
  }

  #giveNotices(placed: Placed): void {
    const notices = this.#notices;
    if (notices === undefined) return;
    this.#notices = undefined;
    for (const notice of notices) placed.notice(notice);
  }

  /** Ends it while no place runs it. */
  #endHere(end: SessionEnd): void {
    this.#end = end;
    this.#here.client.inbox.close();
    this.#finish(end);
  }

  get #timed(): SessionDeadlines {
    return (this.#deadlines ??= new SessionDeadlines(this.#rules, this));
  }

  get #about(): { readonly tenant: string; readonly session: string } {
    return { tenant: this.tenant, session: this.id };
  }

  #carryOutAbort(placed: Placed): void {
    const { reason, detail } = this.#aborted!;
    if (this.#state === 'active') this.#state = step(this.#state, 'draining');
    placed.client.outbox.close(() => this.#over(`is ending (${reason})`));
    placed.client.inbox.readAhead(this.#rules.readAheadCount);
    placed.abort(reason, detail);
    if (this.#end !== undefined) return;
    this.#timed.after(this.#rules.abortGraceMs, () => placed.abandon(reason, detail));
  }

  #finish(end: SessionEnd): void {
    const placed = this.#placed!;
    this.#deadlines?.stop();
    this.#state = step(this.#state, 'ended');
    placed.client.outbox.close(() => this.#over(`has ended (${end.reason})`));
    this.#move?.ended();
    placed.client.outbox.release();
    const outcome = this.#outcomeOf(end, placed);
    this.#outcome = outcome;
    this.#rules.ended(this, outcome);
    this.#resolveDone?.(outcome);
  }

  #outcomeOf(end: SessionEnd, placed: Placed | undefined): Outcome {
    return toOutcome(
      end,
      {
        session: this.id,
        tenant: this.tenant,
        agent: this.agent,
        durationMs: this.#rules.clock.nowMs() - this.startedMs,
        cost: this.#cost,
        memoryPeakBytes: this.memoryPeakBytes,
        moves: this.#moves,
        deploymentVersion: this.#rules.deploymentVersion,
      },
      placed,
    );
  }

  #over(how: string): TenantryError {
    return new TenantryError('TENANTRY_SESSION_ENDED', `session ${this.id} ${how}`, this.#about);
  }
}

/** What two runs have cost; of one that is not known, nothing is counted. */
function added(a: SessionCost | undefined, b: SessionCost | undefined): SessionCost | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const isUnknown = a.blockedMs === null && b.blockedMs === null;
  return {
    cpuMs: a.cpuMs + b.cpuMs,
    blockedMs: isUnknown ? null : (a.blockedMs ?? 0) + (b.blockedMs ?? 0),
  };
}
