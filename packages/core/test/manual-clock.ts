/** A clock that stands still until it is moved by hand; timers run in the order of their times. */
import type { Clock, Timer } from '../src/time/clock.js';

interface Armed {
  readonly atMs: number;
  readonly run: () => void;
}

const EPOCH_MS = 1_700_000_000_000;

export class ManualClock implements Clock {
  #nowMs = 1_000;
  #armed: Armed[] = [];
  #watchers: { readonly timers: number; readonly resolve: () => void }[] = [];

  /** Timers that have neither run nor been cancelled. */
  get armedCount(): number {
    return this.#armed.length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return EPOCH_MS + this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const armed = { atMs: this.#nowMs + delayMs, run };
    this.#armed.push(armed);
    for (const { timers, resolve } of this.#watchers) if (this.#armed.length >= timers) resolve();
    return { cancel: () => void (this.#armed = this.#armed.filter((other) => other !== armed)) };
  }

  /** Moves time forward; what falls due on the way runs at its own time, timers it arms included. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const due = this.#armed
        .filter(({ atMs }) => atMs <= untilMs)
        .reduce<Armed | undefined>(
          (a, b) => (a === undefined || b.atMs < a.atMs ? b : a),
          undefined,
        );
      if (due === undefined) break;
      this.#armed = this.#armed.filter((other) => other !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
    }
    this.#nowMs = untilMs;
  }

  /** Resolves as soon as so many timers are armed: for code that arms one after real input. */
  whenArmed(timers = 1): Promise<void> {
    if (this.#armed.length >= timers) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ timers, resolve }));
  }
}
