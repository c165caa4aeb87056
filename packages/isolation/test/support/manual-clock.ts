/** A clock that stands still until it is moved by hand; timers run in the order of their times. */
import type { Clock, Timer } from '@tenantry/core/internal';

interface Armed {
  readonly atMs: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 1_000;
  #armed: Armed[] = [];

  /** Timers that have neither run nor been cancelled. */
  get armedCount(): number {
    return this.#armed.length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const armed = { atMs: this.#nowMs + delayMs, run };
    this.#armed.push(armed);
    return { cancel: () => void (this.#armed = this.#armed.filter((other) => other !== armed)) };
  }

  /** Moves time forward; what falls due on the way runs at its own time, timers it arms included. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let due = this.#due(untilMs); due !== undefined; due = this.#due(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      this.#run(due);
    }
    this.#nowMs = untilMs;
  }

  /** Moves time as a blocked loop does: what fell due meanwhile runs afterwards, late, once. */
  block(forMs: number): void {
    this.#nowMs += forMs;
    for (const due of this.#armed.filter(({ atMs }) => atMs <= this.#nowMs)) this.#run(due);
  }

  #due(untilMs: number): Armed | undefined {
    const [first] = this.#armed
      .filter(({ atMs }) => atMs <= untilMs)
      .sort((a, b) => a.atMs - b.atMs);
    return first;
  }

  #run(due: Armed): void {
    this.#armed = this.#armed.filter((other) => other !== due);
    due.run();
  }
}
