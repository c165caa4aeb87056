/**
 * One move of a live session from its place to another. The new place is made ready first, so that the
 * session stands still only from its safe point to its entry there.
 *
 *   preparing ──► asking ──► in transit ──► arrived
 *       └───────────┴─────────────┴───────► kept, or ended
 *
 * When a session is to move is decided above it; its deadlines, ends and books are the session's.
 */
import type { CarriedEnd } from '../channel/session-channel.js';
import type { MoveAnswer } from '../host/carry.js';
import type { SessionSpec } from '../host/session-spec.js';
import type { OnSessionEnd } from '../host/session-end.js';
import type { Executor, Placed, PreparedPlace } from '../placement/executor.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { Clock } from '../time/clock.js';
import type { Rung } from '../vocabulary/rung.js';

/** Why a session stayed. `moving`: another move of it is under way, or takes this one's place. */
type NotMoved = 'not-carryable' | 'ended' | 'deadline' | 'placement' | 'moving';

export type MoveResult =
  | {
      readonly kind: 'moved';
      /** From the hand-over, as it was heard here, to the entry into the agent in its new place. */
      readonly gapMs: number;
      readonly from: { readonly rung: Rung; readonly isolate: string };
      readonly rung: Rung;
      readonly isolate: string;
    }
  | { readonly kind: 'not-moved'; readonly why: NotMoved; readonly error?: unknown };

/** How a session came to where it is, so that it can come there again. */
export class Origin {
  readonly spec: SessionSpec;
  readonly executor: Executor;
  readonly settings: TenantSettings;

  constructor(spec: SessionSpec, executor: Executor, settings: TenantSettings) {
    this.spec = spec;
    this.executor = executor;
    this.settings = settings;
  }
}

/** The session as its move sees it. */
export interface Movable {
  readonly tenant: string;
  readonly agent: string;
  readonly onEnd: OnSessionEnd;
  /** Whether it runs and neither ends nor drains. */
  readonly isSteady: boolean;
  readonly hasEnded: boolean;
  /** It has left its place; false where it is to end instead of going on. */
  depart(answer: MoveAnswer & { kind: 'moved' }): boolean;
  arrive(placed: Placed, origin: Origin): void;
  /** It cannot go on anywhere. */
  strand(error: unknown): void;
}

export class SessionMove {
  readonly #session: Movable;
  readonly #from: Placed;
  readonly #origin: Origin;
  readonly #clock: Clock;
  /** What its next run is given. */
  #spec: SessionSpec;
  /** Why it was given up; the first reason counts. */
  #why: NotMoved | undefined;
  #whenGivenUp: () => void = () => {};
  #whenEnded: () => void = () => {};
  /** Whether what its client says is kept back until the move is over. */
  isHolding = false;

  constructor(session: Movable, from: Placed, origin: Origin, clock: Clock) {
    this.#session = session;
    this.#from = from;
    this.#origin = origin;
    this.#spec = origin.spec;
    this.#clock = clock;
  }

  async run(executor: Executor, settings: TenantSettings, deadlineMs: number): Promise<MoveResult> {
    const session = this.#session;
    if (!session.isSteady) return stays('ended');
    const asked = await this.#askCarryable(deadlineMs);
    if (asked !== 'carryable') return stays(asked);
    let place: PreparedPlace;
    try {
      this.#spec = ownSpec(this.#origin.spec);
      place = await executor.prepare(session.tenant, session.agent, settings);
    } catch (error) {
      return { kind: 'not-moved', why: 'placement', error };
    }
    try {
      if (!session.isSteady) return stays('ended');
      if (this.#why !== undefined) return stays(this.#why);
      return await this.#handOver(place, executor, settings, deadlineMs);
    } finally {
      this.isHolding = false;
      this.#from.client.outbox.release();
      place.release();
    }
  }

  /**
   * It is not worth waiting for any more: its client has closed it (`ended`), or it is to go elsewhere
   * (`moving`). One that has been handed over arrives all the same.
   */
  giveUp(why: NotMoved): void {
    this.#why ??= why;
    this.#whenGivenUp();
  }

  /** It has ended where it was. */
  ended(): void {
    this.#whenEnded();
  }

  /** A loop that is busy does not answer: then it is no time to move. */
  async #askCarryable(deadlineMs: number): Promise<NotMoved | 'carryable'> {
    return new Promise((resolve) => {
      const deadline = this.#clock.after(deadlineMs, () => resolve('deadline'));
      const answered = (answer: NotMoved | 'carryable'): void => {
        deadline.cancel();
        resolve(answer);
      };
      this.#whenEnded = () => answered('ended');
      this.#whenGivenUp = () => answered(this.#why ?? 'ended');
      this.#from.askCarryable((is) => answered(is ? 'carryable' : 'not-carryable'));
    });
  }

  async #handOver(
    place: PreparedPlace,
    executor: Executor,
    settings: TenantSettings,
    deadlineMs: number,
  ): Promise<MoveResult> {
    let leftAtMs = 0;
    // What is sent from here on is sent to the new place, behind what comes back unread.
    this.isHolding = true;
    this.#from.client.outbox.hold();
    this.#whenGivenUp = () => this.#from.keepHere();
    const deadline = this.#clock.after(deadlineMs, () => this.giveUp('deadline'));
    const answer = await new Promise<MoveAnswer>((resolve) => {
      this.#whenEnded = () => resolve({ kind: 'kept', why: 'ended' });
      this.#from.askMove((answered) => {
        leftAtMs = this.#clock.nowMs();
        resolve(answered);
      });
    });
    deadline.cancel();
    if (answer.kind === 'kept') {
      return stays(answer.why === 'given-up' ? (this.#why ?? 'ended') : answer.why);
    }
    if (!this.#session.depart(answer)) return stays('ended');
    const origin = new Origin(this.#spec, executor, settings);
    try {
      const placed = await place.start(
        this.#resumed(answer),
        this.#session.onEnd,
        this.#carried(answer),
      );
      const gapMs = this.#clock.nowMs() - leftAtMs;
      this.#session.arrive(placed, origin);
      const from = { rung: this.#from.rung, isolate: this.#from.isolate };
      return { kind: 'moved', gapMs, from, rung: placed.rung, isolate: placed.isolate };
    } catch (error) {
      await this.#goBack(answer);
      return { kind: 'not-moved', why: 'placement', error };
    }
  }

  /** Starts it again where it was, from the same checkpoint. */
  async #goBack(answer: MoveAnswer & { kind: 'moved' }): Promise<void> {
    const { executor, settings } = this.#origin;
    if (this.#session.hasEnded) return;
    try {
      this.#session.arrive(
        await executor.start(
          this.#resumed(answer),
          settings,
          this.#session.onEnd,
          this.#carried(answer),
        ),
        this.#origin,
      );
    } catch (error) {
      this.#session.strand(error);
    }
  }

  #resumed({ run }: MoveAnswer & { kind: 'moved' }): SessionSpec {
    const { count, bytes } = this.#from.client.inbox.untold();
    const resumed = { ...run, underWayCount: count, underWayBytes: bytes };
    return { ...this.#spec, resumed };
  }

  #carried({ unread }: MoveAnswer & { kind: 'moved' }): CarriedEnd {
    return { end: this.#from.client, unread };
  }
}

/**
 * Of its own: on the shared loop an agent is given the very input and metadata it was opened with, and
 * what it may have put there that cannot be carried is found before anything has moved.
 */
function ownSpec(spec: SessionSpec): SessionSpec {
  const [input, metadata] = structuredClone([spec.input, spec.metadata] as const);
  return { ...spec, input, metadata };
}

function stays(why: NotMoved): MoveResult {
  return { kind: 'not-moved', why };
}
