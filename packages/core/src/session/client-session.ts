/**
 * A session as its client holds it, and the pool's books on it: state, deadlines, end. Deadlines are
 * kept on this side because the loop that runs the agent may be the one that is stuck.
 */
import { runAsNobody } from '../attribution/turn-scope.js';
import { SENT, type SendOptions } from '../channel/outbox.js';
import { TenantryError } from '../errors/errors.js';
import { detachedError } from '../errors/wire-error.js';
import type { MoveAnswer } from '../host/carry.js';
import { NoticeBoard, type NoticeListener } from '../host/notice-board.js';
import {
  abortError,
  type OnSessionEnd,
  type SessionCost,
  type SessionEnd,
} from '../host/session-end.js';
import type { Rostered } from '../host/roster.js';
import { step } from '../host/session-state.js';
import type { Executor, Placed } from '../placement/executor.js';
import type { SessionStateName } from '../snapshot/report.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';
import { toOutcome, type Outcome } from './outcome.js';
import { addedCost } from './session-cost.js';
import type { SessionHandle } from './session-handle.js';
import { SessionDeadlines, type DeadlineRules, type Timed } from './session-deadlines.js';
import { SessionMove, type Movable, type MoveResult, type Origin } from './session-move.js';

export interface SessionRules extends DeadlineRules {
  readonly abortGraceMs: number;
  readonly readAheadCount: number;
  readonly deploymentVersion: string | null;
  /** Of a session whose place did not say, as it was seen from outside; null where nobody looks. */
  readonly blockedMs?: (session: string) => number | null;
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
  /** Monotonic time at which the soonest of its drains ends it. */
  drainDueMs = Number.POSITIVE_INFINITY;
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
  #moving: Promise<MoveResult> | undefined;
  #moves = 0;
  /** Between two places: the old one has let go, the new one has not entered the agent yet. */
  #isInTransit = false;
  /** Closed by its client during a move, which its agent is told of afterwards. */
  #isClosingLate = false;
  /** Given while none was there to be told. */
  #notices: Notice[] | undefined;
  /** What its client is told of them. */
  #board: NoticeBoard | undefined;

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
        this.#move.giveUp('ended');
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
    if (this.isEnding) return;
    this.#aborted = { reason, detail };
    if (this.#isInTransit) this.#endAborted();
    else if (this.#placed !== undefined) this.#carryOutAbort(this.#placed);
  }

  onNotice(listener: NoticeListener): () => void {
    return this.#noticeBoard.listen(listener);
  }

  /** Tells agent and client that a limit is near; one that ends already has heard enough. */
  notice(notice: Notice): void {
    if (this.isEnding) return;
    this.#noticeBoard.give(notice);
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
    if (this.#origin === undefined) return { kind: 'not-moved', why: 'ended' };
    this.#move = new SessionMove(this, this.#here, this.#origin, this.#rules.clock);
    this.#moving = this.#move.run(executor, settings, deadlineMs).finally(() => {
      this.#move = undefined;
      this.#moving = undefined;
      if (this.#isClosingLate && this.#end === undefined) this.#closeInput();
    });
    return this.#moving;
  }

  /** The move that is under way. */
  get moving(): Promise<MoveResult> | undefined {
    return this.#moving;
  }

  /** Has it stay, where it is being moved and has not been handed over yet. */
  turnBack(): void {
    this.#move?.giveUp('moving');
  }

  /** Whether its end is known or asked for. */
  get isEnding(): boolean {
    return this.#end !== undefined || this.#aborted !== undefined;
  }

  get hasEnded(): boolean {
    return this.#outcome !== undefined;
  }

  get isSteady(): boolean {
    return this.#state === 'active' && this.#end === undefined;
  }

  depart({ cost }: MoveAnswer & { kind: 'moved' }): boolean {
    this.#isInTransit = true;
    this.#cost = addedCost(this.#cost, cost);
    if (this.#aborted !== undefined) this.#endAborted();
    return this.#end === undefined;
  }

  arrive(placed: Placed, origin: Origin): void {
    this.#isInTransit = false;
    if (this.hasEnded) {
      // It has been aborted on the way: the new run is for nobody.
      placed.abandon(this.#aborted?.reason ?? 'cancelled', this.#aborted?.detail);
      return;
    }
    this.#placed = placed;
    this.#hearNotices(placed);
    if (this.#origin !== origin) this.#moves += 1;
    this.#origin = origin;
    if (this.#end === undefined) this.#giveNotices(placed);
    else this.#finish(this.#end);
  }

  strand(error: unknown): void {
    if (!this.hasEnded) this.#endHere({ reason: 'failed', error: detachedError(error) });
  }

  /** The session runs; `onEnd` may have been called before. */
  placed(placed: Placed, origin?: Origin): void {
    this.#placed = placed;
    this.#hearNotices(placed);
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
    this.#cost = addedCost(this.#cost, cost);
    const heldBytes = cost?.memoryBytes ?? 0;
    if (heldBytes > (this.memoryPeakBytes ?? 0)) this.memoryPeakBytes = heldBytes;
    if (this.#placed !== undefined && !this.#isInTransit) this.#finish(end);
  };

  /** It never ran. The opener is told; a drain that waits for its end is let go. */
  notPlaced(error: unknown): void {
    this.#state = step(this.#state, 'ended');
    this.#outcome = this.#outcomeOf({ reason: 'failed', error: detachedError(error) }, undefined);
    this.#resolveDone?.(this.#outcome);
  }

  /** Where it runs; undefined before its agent has been entered. */
  get place(): Placed | undefined {
    return this.#placed;
  }

  get #here(): Placed {
    if (this.#placed !== undefined) return this.#placed;
    throw new TenantryError('TENANTRY_INTERNAL', `session ${this.id} is not placed yet`);
  }

  idleMs(nowMs: number): number {
    return nowMs - Math.max(this.startedMs, this.#placed?.client.lastAtMs ?? 0);
  }

  #closeInput(): void {
    this.#here.client.inbox.readAhead(this.#rules.readAheadCount);
    this.#here.closeInput();
  }

  get #noticeBoard(): NoticeBoard {
    return (this.#board ??= new NoticeBoard(runAsNobody, (error) => void unhandled(error)));
  }

  #hearNotices(placed: Placed): void {
    placed.hearNotices?.((notice) => {
      if (!this.isEnding) this.#noticeBoard.give(notice);
    });
  }

  #giveNotices(placed: Placed): void {
    if (this.#notices === undefined) return;
    for (const notice of this.#notices.splice(0)) placed.notice(notice);
  }

  /** Ends it while no place runs it. */
  #endHere(end: SessionEnd): void {
    this.#end = end;
    this.#here.client.inbox.close();
    this.#finish(end);
  }

  #endAborted(): void {
    const { reason, detail } = this.#aborted!;
    this.#endHere({ reason, error: abortError(reason, this.#about, detail) });
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
        blockedMs: this.#cost?.blockedMs ?? this.#rules.blockedMs?.(this.id) ?? null,
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

/** What a listener of the client throws is an error of the host's code, and ends where those end. */
async function unhandled(error: unknown): Promise<never> {
  throw error;
}
