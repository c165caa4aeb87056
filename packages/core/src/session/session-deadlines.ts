/**
 * The clocks of one session: how long it may last and how long it may be silent, each with a notice
 * before it. What the session does when one has run out is left to it.
 */
import type { Clock, Timer } from '../time/clock.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';

export interface DeadlineRules {
  readonly clock: Clock;
  readonly maxDurationMs: number | null;
  readonly idleTimeoutMs: number | null;
  /** Share of a limit at which its notice is given. */
  readonly softLimitRatio: number;
}

/** The session whose clocks they are. */
export interface Timed {
  /** Since its last message, in either direction. */
  idleMs(nowMs: number): number;
  notice(notice: Notice): void;
  abort(reason: AbortReason, detail: string): void;
}

/** What differences of fractions of a millisecond leave. */
const SAME_MS = 0.5;

export class SessionDeadlines {
  readonly #rules: DeadlineRules;
  readonly #session: Timed;
  readonly #timers = new Set<Timer>();
  /** Silence counts from the entry into the agent: its place may have taken long to make. */
  #begunMs = 0;

  constructor(rules: DeadlineRules, session: Timed) {
    this.#rules = rules;
    this.#session = session;
  }

  begin(): void {
    const { clock, maxDurationMs, idleTimeoutMs, softLimitRatio } = this.#rules;
    this.#begunMs = clock.nowMs();
    if (maxDurationMs !== null) this.#watchDuration(maxDurationMs, maxDurationMs * softLimitRatio);
    if (idleTimeoutMs !== null) {
      const softMs = idleTimeoutMs * softLimitRatio;
      this.#watchIdle(idleTimeoutMs, softMs, softMs, null);
    }
  }

  after(delayMs: number, run: () => void): void {
    const timer = this.#rules.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #watchDuration(limitMs: number, softMs: number): void {
    this.after(softMs, () => {
      const leftMs = limitMs - softMs;
      const detail = `it may last ${limitMs} ms`;
      // Armed before code of the agent runs, which may take its time.
      this.after(leftMs, () => this.#session.abort('timed-out', `longer than ${limitMs} ms`));
      this.#session.notice({ reason: 'timed-out', leftMs, used: softMs, limit: limitMs, detail });
    });
  }

  /** `noticedFromMs`: since when the silence lasted that was told last. */
  #watchIdle(limitMs: number, softMs: number, waitMs: number, noticedFromMs: number | null): void {
    this.after(waitMs, () => {
      const nowMs = this.#rules.clock.nowMs();
      const idleMs = Math.min(nowMs - this.#begunMs, this.#session.idleMs(nowMs));
      const leftMs = limitMs - idleMs;
      if (leftMs <= 0) {
        this.#session.abort('idle', `no message for ${limitMs} ms`);
        return;
      }
      if (idleMs < softMs) {
        this.#watchIdle(limitMs, softMs, softMs - idleMs, noticedFromMs);
        return;
      }
      const fromMs = nowMs - idleMs;
      const isTold = noticedFromMs !== null && fromMs - noticedFromMs < SAME_MS;
      // A message ends this silence, and the next one is told at its own time.
      this.#watchIdle(limitMs, softMs, Math.min(leftMs, softMs), fromMs);
      if (isTold) return;
      const detail = `no message for ${Math.round(idleMs)} ms`;
      this.#session.notice({ reason: 'idle', leftMs, used: idleMs, limit: limitMs, detail });
    });
  }
}
