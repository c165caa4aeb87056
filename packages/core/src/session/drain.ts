/** Lets running sessions finish, and ends what is left at the deadline. */
import type { Clock, Timer } from '../time/clock.js';
import type { ClientSession } from './client-session.js';

export interface DrainReport {
  /** Sessions that ended by themselves. */
  readonly finished: number;
  /** Sessions that were ended: at the deadline of this drain or of another, or as the pool closed. */
  readonly drained: number;
}

type DrainReason = 'drained' | 'shutdown';

/** Waits for `sessions` to end by themselves; what has not by `timeoutMs` is ended with `reason`. */
export function drainSessions(
  sessions: readonly ClientSession[],
  clock: Clock,
  timeoutMs: number,
  reason: DrainReason,
): Promise<DrainReport> {
  return new Drain(sessions, clock, timeoutMs, reason).over;
}

/** One that can be told to be over sooner. */
export class Drain {
  readonly over: Promise<DrainReport>;
  readonly #sessions: readonly ClientSession[];
  readonly #clock: Clock;
  readonly #reason: DrainReason;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #isDue = false;
  #due: () => void = () => {};

  constructor(
    sessions: readonly ClientSession[],
    clock: Clock,
    timeoutMs: number,
    reason: DrainReason,
  ) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#reason = reason;
    this.hasten(timeoutMs);
    this.over = this.#run();
  }

  /**
   * Ends what is left in `timeoutMs` from now. Answers false, and nothing changes, where that is no
   * sooner than it would have been.
   */
  hasten(timeoutMs: number): boolean {
    const deadlineMs = this.#clock.nowMs() + timeoutMs;
    if (this.#isDue || deadlineMs >= this.#deadlineMs) return false;
    this.#deadlineMs = deadlineMs;
    const reason = this.#reason;
    const detail = reason === 'drained' ? 'a drain has begun' : 'the pool closes';
    for (const session of this.#sessions) {
      // Another drain may be over sooner: then it has heard of that.
      if (deadlineMs >= session.drainDueMs) continue;
      session.drainDueMs = deadlineMs;
      session.notice({ reason, leftMs: timeoutMs, used: null, limit: null, detail });
    }
    this.#timer?.cancel();
    const due = (): void => {
      this.#isDue = true;
      this.#due();
    };
    if (timeoutMs > 0) this.#timer = this.#clock.after(timeoutMs, due, true);
    else due();
    return true;
  }

  async #run(): Promise<DrainReport> {
    const allDone = Promise.all(this.#sessions.map((session) => session.done));
    if (!this.#isDue) {
      await new Promise<void>((resolve) => {
        this.#due = resolve;
        void allDone.then(() => resolve());
      });
      this.#timer?.cancel();
      this.#isDue = true;
    }
    for (const session of this.#sessions) {
      if (!session.hasEnded) session.abort(this.#reason);
    }
    // Each ends within its own grace time: the executor leaves behind what does not.
    const outcomes = await allDone;
    const drained = outcomes.filter(({ reason }) => reason === 'drained' || reason === 'shutdown');
    return { finished: outcomes.length - drained.length, drained: drained.length };
  }
}
