/**
 * A session as its client holds it, and the pool's books on it: state, deadlines, end. Deadlines are
 * kept on this side because the loop that runs the agent may be the one that is stuck.
 */
import { SENT, type SendOptions } from '../channel/outbox.js';
import { TenantryError } from '../errors/errors.js';
import type { TurnCost } from '../attribution/turn-clock.js';
import type { OnSessionEnd, SessionEnd } from '../host/session-end.js';
import type { Rostered } from '../host/roster.js';
import { step } from '../host/session-state.js';
import type { Placed } from '../placement/executor.js';
import type { BlockedFigure } from '../snapshot/figures.js';
import type { SessionEntry, SessionStateName } from '../snapshot/report.js';
import type { Clock, Timer } from '../time/clock.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import { toOutcome, type Outcome } from './outcome.js';

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

export interface SessionRules {
  readonly clock: Clock;
  readonly maxDurationMs: number | null;
  readonly idleTimeoutMs: number | null;
  readonly abortGraceMs: number;
  readonly readAheadCount: number;
  readonly deploymentVersion: string | null;
  ended(session: ClientSession, outcome: Outcome): void;
}

export class ClientSession implements SessionHandle, Rostered {
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
  #cost: TurnCost | undefined;
  #outcome: Outcome | undefined;
  #done: Promise<Outcome> | undefined;
  #resolveDone: ((outcome: Outcome) => void) | undefined;
  #aborted: { readonly reason: AbortReason; readonly detail: string | undefined } | undefined;
  #timers: Set<Timer> | undefined;

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
      client.inbox.readAhead(this.#rules.readAheadCount);
      this.#here.closeInput();
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
    if (this.#placed !== undefined) this.#carryOutAbort(this.#placed);
  }

  /** The session runs; `onEnd` may have been called before. */
  placed(placed: Placed): void {
    this.#placed = placed;
    this.#state = step(this.#state, 'active');
    if (this.#end !== undefined) {
      this.#finish(this.#end);
      return;
    }
    if (this.#aborted !== undefined) {
      this.#carryOutAbort(placed);
      return;
    }
    const { maxDurationMs, idleTimeoutMs } = this.#rules;
    if (maxDurationMs !== null) {
      this.#after(maxDurationMs, () => this.abort('timed-out', `longer than ${maxDurationMs} ms`));
    }
    if (idleTimeoutMs !== null) this.#watchIdle(idleTimeoutMs, idleTimeoutMs);
  }

  readonly onEnd: OnSessionEnd = (end, cost) => {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#cost = cost;
    if (this.#placed !== undefined) this.#finish(end);
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
      idleMs: this.#idleMs(nowMs),
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

  #idleMs(nowMs: number): number {
    const client = this.#placed?.client;
    const lastMs = Math.max(
      this.startedMs,
      client?.outbox.lastAtMs ?? 0,
      client?.inbox.lastAtMs ?? 0,
    );
    return nowMs - lastMs;
  }

  #watchIdle(idleTimeoutMs: number, waitMs: number): void {
    this.#after(waitMs, () => {
      const idleMs = this.#idleMs(this.#rules.clock.nowMs());
      if (idleMs >= idleTimeoutMs) this.abort('idle', `no message for ${idleTimeoutMs} ms`);
      else this.#watchIdle(idleTimeoutMs, idleTimeoutMs - idleMs);
    });
  }

  #carryOutAbort(placed: Placed): void {
    const { reason, detail } = this.#aborted!;
    if (this.#state === 'active') this.#state = step(this.#state, 'draining');
    placed.client.outbox.close(() => this.#over(`is ending (${reason})`));
    placed.client.inbox.readAhead(this.#rules.readAheadCount);
    placed.abort(reason, detail);
    if (this.#end !== undefined) return;
    this.#after(this.#rules.abortGraceMs, () => placed.abandon(reason, detail));
  }

  #finish(end: SessionEnd): void {
    const placed = this.#placed!;
    for (const timer of this.#timers ?? []) timer.cancel();
    this.#timers = undefined;
    this.#state = step(this.#state, 'ended');
    placed.client.outbox.close(() => this.#over(`has ended (${end.reason})`));
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
        deploymentVersion: this.#rules.deploymentVersion,
      },
      placed,
    );
  }

  #after(delayMs: number, run: () => void): void {
    const timers = (this.#timers ??= new Set());
    const timer = this.#rules.clock.after(delayMs, () => {
      timers.delete(timer);
      run();
    });
    timers.add(timer);
  }

  #over(how: string): TenantryError {
    return new TenantryError('TENANTRY_SESSION_ENDED', `session ${this.id} ${how}`, {
      tenant: this.tenant,
      session: this.id,
    });
  }
}
