/**
 * One isolate's life, written once for both kinds: its state, its sessions, its end. Whether it is
 * replaced, and what its reports add up to, is decided above.
 */
import {
  TenantryError,
  fromWireError,
  maskText,
  type Clock,
  type Log,
} from '@tenantry/core/internal';
import {
  every,
  settledWithin,
  withDeadline,
  type AbortReason,
  type CarriedEnd,
  type IsolateEnd,
  type IsolateScope,
  type MessageLimits,
  type PlaceReport,
  type OnSessionEnd,
  type SessionSpec,
} from '@tenantry/core/internal';
import type { Assignment, GuestNotice, Pressure } from '../wire/messages.js';
import type { IsolateChannel, IsolateIdentity } from './isolate-channel.js';
import { IsolateSession } from './isolate-session.js';
import { SESSION_REASON, foundEnded, isAbnormal, notEntered } from './isolate-end.js';
import { LostCosts } from './lost-costs.js';
import { step, type LifeState } from './isolate-state.js';
import { Residents } from './residents.js';

export interface IsolateOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: MessageLimits;
  readonly startTimeoutMs: number;
  readonly onNotice: (isolate: Isolate, notice: GuestNotice) => void;
  /** It is ready; told once. */
  readonly onReady?: (isolate: Isolate, channel: IsolateChannel) => void;
}

/** What is to be known of an isolate's end, in this order. */
export interface IsolateListener {
  ended(isolate: Isolate, end: IsolateEnd, sessionsLost: number): void;
  /** It was told to end and does not. */
  stuck(isolate: Isolate): void;
  /** Its thread or process exists no more. */
  gone(isolate: Isolate): void;
}

/** A loop that is silent for this long will not hear that a session of it is to be left behind. */
const DEAF_AFTER_MS = 300;
const DEAF_CHECK_MS = 50;

/** Ending takes milliseconds, except in native code, where it takes as long as that does. */
const STOP_DEADLINE_MS = 1_000;

export class Isolate {
  readonly id: string;
  readonly rung: 'thread' | 'process';
  /** Since when it is its tenant's; a spare has been running for longer. */
  assignedAtMs: number;
  tenant: string | null = null;
  scope: IsolateScope | null = null;
  memoryLimitMb: number | null = null;
  identity: IsolateIdentity | undefined;
  endedWith: IsolateEnd | undefined;
  readonly #channel: IsolateChannel;
  readonly #options: IsolateOptions;
  readonly #residents = new Residents(() => this.#vacated());
  readonly #lostCosts: LostCosts;
  /** Whether code of a session that ended for its client may still run, and be what it dies of. */
  #hasLeftBehind = false;
  #state: LifeState = 'starting';
  #listener: IsolateListener | undefined;
  #onIdle: ((isolate: Isolate) => void) | undefined;

  constructor(channel: IsolateChannel, options: IsolateOptions) {
    this.id = options.id;
    this.rung = channel.rung;
    this.assignedAtMs = options.clock.nowMs();
    this.#channel = channel;
    this.#options = options;
    this.#lostCosts = new LostCosts(() => channel.use);
    channel.onNotice = (notice) => options.onNotice(this, notice);
    channel.onPressure = (pressure) => this.#pressed(pressure);
    void channel.ended.then((end) => this.#ended(end));
  }

  get state(): LifeState {
    return this.#state;
  }

  get sessionCount(): number {
    return this.#residents.runningCount;
  }

  /** Whether anybody would miss it. */
  get isInUse(): boolean {
    return !this.#residents.isEmpty;
  }

  /** Whether new sessions may go there. */
  get isOpen(): boolean {
    return this.#state === 'ready';
  }

  listen(listener: IsolateListener): void {
    this.#listener = listener;
  }

  onIdle(listener: (isolate: Isolate) => void): void {
    this.#onIdle = listener;
  }

  /** @throws TENANTRY_ISOLATE_START_FAILED, TENANTRY_ISOLATE_START_TIMEOUT */
  async start(): Promise<void> {
    const identity = await this.#channel.start();
    if (this.endedWith !== undefined) {
      const { reason, detail } = this.endedWith;
      throw new TenantryError(
        'TENANTRY_ISOLATE_START_FAILED',
        `isolate ended while it started (${reason}): ${detail}`,
      );
    }
    this.identity = identity;
    this.#state = step(this.#state, 'ready');
    this.#options.onReady?.(this, this.#channel);
  }

  async assign(assignment: Assignment): Promise<void> {
    this.memoryLimitMb = assignment.memoryLimitMb;
    this.assignedAtMs = this.#options.clock.nowMs();
    await this.#channel.assign(assignment);
  }

  /** Keeps it for a session that is about to come; returns the function that gives that up. */
  reserve(): () => void {
    return this.#residents.reserve();
  }

  /**
   * Loads an agent's module, so that a session of it is entered at once.
   * @throws what the module throws, TENANTRY_AGENT_*, TENANTRY_ISOLATE_CRASHED
   */
  async preload(agentUrl: string): Promise<void> {
    const error = await this.#channel.preload(agentUrl);
    if (error !== null) throw fromWireError(error);
  }

  /** Runs a session, or what was carried of it; resolves when its agent has been entered. */
  async open(
    spec: SessionSpec,
    agentUrl: string,
    onEnd: OnSessionEnd,
    carried?: CarriedEnd,
  ): Promise<IsolateSession> {
    if (this.endedWith !== undefined) throw foundEnded(spec, this.endedWith);
    const { limits, clock, startTimeoutMs } = this.#options;
    const session = new IsolateSession(
      spec,
      this.#channel.open(spec, agentUrl),
      limits,
      clock,
      (end, cost) => {
        this.#residents.gone(session);
        onEnd(end, cost);
      },
      carried,
    );
    session.onMoved = () => this.#residents.leave(session);
    session.onLeft = (hasSettled) => {
      if (!hasSettled) this.#hasLeftBehind = true;
      this.#residents.gone(session);
    };
    this.#lostCosts.admitted(spec.id, this.#residents.isQuiet && !this.#hasLeftBehind);
    this.#residents.admit(session);
    try {
      await withDeadline(clock, session.started, startTimeoutMs, () =>
        notEntered(session, startTimeoutMs),
      );
      return session;
    } catch (error) {
      if (!session.hasEnded) {
        // Its guest may enter the agent yet, for nobody.
        void this.#channel.abort(session.id, 'cancelled', null, true);
        session.endHere('cancelled');
      }
      this.#residents.gone(session);
      throw error;
    }
  }

  abort(session: IsolateSession, reason: AbortReason, detail?: string): void {
    void this.#channel.abort(session.id, reason, detail ?? null, false);
  }

  /**
   * Ends a session whose agent does not. A loop that still turns is told to leave it behind; one that
   * does not, now or before it has heard that, is ended, and this session's own reason stays its own.
   */
  abandon(session: IsolateSession, reason: AbortReason, detail?: string): void {
    if (session.hasEnded) return;
    const isSuspect = this.#residents.only !== undefined && !this.#hasLeftBehind;
    this.#hasLeftBehind = true;
    const offender = isSuspect ? session.id : undefined;
    // Before the session's end, which may make the isolate idle and end it for that.
    const isDeaf = this.#endIfDeaf(session.id, reason, offender);
    const heard = isDeaf
      ? undefined
      : this.#channel.abort(session.id, reason, detail ?? null, true);
    session.endHere(reason, detail, this.#lostCosts.of(session.id));
    if (heard === undefined) return;
    const watch = every(this.#options.clock, DEAF_CHECK_MS, () => {
      const isOver = this.endedWith !== undefined;
      if (isOver || this.#endIfDeaf(session.id, reason, offender)) watch.cancel();
    });
    void heard.then(() => watch.cancel());
  }

  #endIfDeaf(session: string, reason: AbortReason, offender: string | undefined): boolean {
    const { silentMs } = this.#channel;
    if (silentMs < DEAF_AFTER_MS) return false;
    const detail = `session ${session} did not end (${reason}), no sign of life for ${silentMs} ms`;
    const cause: IsolateEnd = { reason: 'unresponsive', detail };
    void this.end(offender === undefined ? cause : { ...cause, offender });
    return true;
  }

  async report(): Promise<PlaceReport> {
    const report = await this.#channel.report();
    this.#lostCosts.reported(report);
    return report;
  }

  /** No new sessions; ends with `recycled` when the last one has ended. */
  drain(): void {
    if (this.#state !== 'ready') return;
    this.#state = step(this.#state, 'draining');
    if (!this.isInUse) void this.end({ reason: 'recycled', detail: 'drained' });
  }

  /** The soft stage: those in it are told, and nobody new comes. */
  #pressed({ reason, used, limit, detail }: Pressure): void {
    const notice = { reason, leftMs: null, used, limit, detail };
    for (const session of this.#residents.running()) session.pressed(notice);
    this.drain();
  }

  /** Ends it now. Resolves when it is gone, or known to be stuck. */
  async end(cause: IsolateEnd): Promise<'gone' | 'stuck'> {
    this.#channel.end(cause);
    await this.#channel.ended;
    const { clock } = this.#options;
    const isGone = await settledWithin(clock, this.#channel.gone, STOP_DEADLINE_MS);
    return isGone ? 'gone' : 'stuck';
  }

  #ended(cause: IsolateEnd): void {
    if (this.endedWith !== undefined) return;
    // It may be an error of tenant code, in its own words.
    const end = { ...cause, detail: maskText(cause.detail) };
    this.#state = step(this.#state, 'stopping');
    const lost = this.#residents.running();
    // Of several sessions, nobody knows from outside which one it was; of one, there is no doubt.
    const isSure = !this.#hasLeftBehind && isAbnormal(end);
    const only = isSure ? this.#residents.only : undefined;
    this.endedWith = only === undefined ? end : { ...end, offender: only.id };
    this.#residents.clear();
    for (const session of lost) {
      const cost = this.#lostCosts.of(session.id);
      session.endHere(SESSION_REASON[end.reason], `${end.reason}: ${end.detail}`, cost);
    }
    this.#listener?.ended(this, this.endedWith, lost.length);
    // Whoever noticed the end may have been the isolate itself: it is ended from here all the same.
    void this.end(end).then((how) => {
      if (how === 'gone' || this.#state === 'stopped') return;
      this.#state = step(this.#state, 'stuck');
      this.#listener?.stuck(this);
    });
    void this.#channel.gone.then(() => {
      this.#state = step(this.#state, 'stopped');
      this.#listener?.gone(this);
    });
  }

  #vacated(): void {
    if (this.isInUse || this.endedWith !== undefined) return;
    if (this.#state === 'draining') void this.end({ reason: 'recycled', detail: 'drained' });
    else this.#onIdle?.(this);
  }
}
