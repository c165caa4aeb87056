/** PORT: a place that runs sessions. The pool owns the shared loop; `isolates` is the other one. */
import type { CarriedEnd, ChannelEnd } from '../channel/session-channel.js';
import type { MoveAnswer } from '../host/carry.js';
import type { FactListener } from '../host/effects.js';
import type { OnSessionEnd } from '../host/session-end.js';
import type { SessionSpec } from '../host/session-spec.js';
import type { IsolateRecord, RetiredFigures } from '../snapshot/report.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';
import type { Rung } from '../vocabulary/rung.js';

/** A session in its place, as the pool holds it. */
export interface Placed {
  readonly rung: Rung;
  readonly isolate: string;
  readonly client: ChannelEnd;
  /** No more input comes; the agent finishes in its own time. */
  closeInput(): void;
  /** The agent is asked to end now. */
  abort(reason: AbortReason, detail?: string): void;
  /** The agent did not end in its grace time: the session ends without it. */
  abandon(reason: AbortReason, detail?: string): void;
  /** The agent is told that a limit is near. */
  notice(notice: Notice): void;
  /** Hears what the place itself tells the agent, for limits of its own; what came before, at once. */
  hearNotices?(listener: (notice: Notice) => void): void;
  /** Hears of a session that is recorded or replayed what its host reports; what came before, at once. */
  hearFacts(listener: FactListener): void;
  /** Asks whether its agent can be moved; answered once, unless the session ends first. */
  askCarryable(answer: (isCarryable: boolean) => void): void;
  /**
   * Asks for a hand-over at the next safe point; answered once, unless the session ends first. After
   * `moved` this place tells nothing more of the session.
   */
  askMove(answer: (answer: MoveAnswer) => void): void;
  /** Gives the request up: the answer is `kept`, unless the hand-over was quicker. */
  keepHere(): void;
}

/** A place made ready for one session, so that its start takes no longer than the entry. */
export interface PreparedPlace {
  start(spec: SessionSpec, onEnd: OnSessionEnd, carried?: CarriedEnd): Placed | Promise<Placed>;
  /** It is not needed any longer; a session that was started there stays. */
  release(): void;
}

export interface Executor {
  /**
   * Runs a session; `onEnd` is called exactly once, possibly before `start` returns. With `carried`
   * the session comes from another place and its client keeps its end of the conversation; where
   * `start` fails, that end is as it was.
   */
  start(
    spec: SessionSpec,
    settings: TenantSettings,
    onEnd: OnSessionEnd,
    carried?: CarriedEnd,
  ): Placed | Promise<Placed>;
  /** Makes a place ready that an agent of the tenant can be entered in at once. */
  prepare(
    tenant: string,
    agent: string,
    settings: TenantSettings,
  ): PreparedPlace | Promise<PreparedPlace>;
  /** Lets a tenant start again whose places were held back because they kept failing. */
  forgive?(tenant: string): void;
  /** Agents were loaded anew: sessions to come start in places that have none of the old code. */
  renew?(): void;
  /** Asks every place for a report, waiting no longer than `deadlineMs`. */
  refresh(deadlineMs: number): Promise<void>;
  /**
   * With `only`, the reports may leave their sessions out, and state the usage of all tenants but
   * those together, as that of `REST_OF_TENANTS`: naming thousands would cost time.
   */
  records(only?: ReadonlySet<string>): readonly IsolateRecord[];
  retired(): RetiredFigures;
  close(): Promise<void>;
}
