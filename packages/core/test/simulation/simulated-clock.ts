/**
 * A clock for long simulated times: timers in a heap, one of them run at a time, so that whoever drives
 * it can let promises settle in between. `ManualClock` is the simpler one for a few timers.
 */
import type { Clock, Timer } from '../../src/time/clock.js';

interface Armed {
  readonly atMs: number;
  /** Timers of one moment run in the order in which they were armed. */
  readonly order: number;
  /** Undefined once it was cancelled. */
  run: (() => void) | undefined;
}

const EPOCH_MS = 1_700_000_000_000;

export class SimulatedClock implements Clock {
  readonly #heap: Armed[] = [];
  #nowMs = 1_000;
  #armedEver = 0;
  #armedCount = 0;

  /** Timers that have neither run nor been cancelled. */
  get armedCount(): number {
    return this.#armedCount;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return EPOCH_MS + this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const order = (this.#armedEver += 1);
    const armed: Armed = { atMs: this.#nowMs + Math.max(0, delayMs), order, run };
    this.#push(armed);
    this.#armedCount += 1;
    return {
      cancel: () => {
        if (armed.run === undefined) return;
        armed.run = undefined;
        this.#armedCount -= 1;
      },
    };
  }

  /** Runs the timer that is due next; where none is until `untilMs`, that is the time, and false. */
  step(untilMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return false;
      }
      this.#pop();
      const { run } = next;
      if (run === undefined) continue;
      next.run = undefined;
      this.#armedCount -= 1;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      run();
      return true;
    }
  }

  #push(armed: Armed): void {
    const heap = this.#heap;
    let at = heap.push(armed) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(armed, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = armed;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** The same time for one of its users, whose timers are counted by themselves. */
export class SharedClock implements Clock {
  readonly #clock: SimulatedClock;
  #armedCount = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  get armedCount(): number {
    return this.#armedCount;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  epochMs(): number {
    return this.#clock.epochMs();
  }

  after(delayMs: number, run: () => void): Timer {
    this.#armedCount += 1;
    let isArmed = true;
    const over = (): boolean => {
      if (!isArmed) return false;
      isArmed = false;
      this.#armedCount -= 1;
      return true;
    };
    const timer = this.#clock.after(delayMs, () => {
      over();
      run();
    });
    return { cancel: () => void (over() && timer.cancel()) };
  }
}

function isBefore(one: Armed, other: Armed): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
