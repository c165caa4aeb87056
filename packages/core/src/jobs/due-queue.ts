/** What falls due at a time each, with one timer for all of them: a binary heap. */
import type { Clock, Timer } from '../time/clock.js';

interface Due<T> {
  readonly atMs: number;
  readonly item: T;
}

export class DueQueue<T> {
  readonly #clock: Clock;
  readonly #due: (item: T) => void;
  readonly #heap: Due<T>[] = [];
  #timer: Timer | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  /** `due` is called once for each item, in the order of their times; it must not throw. */
  constructor(clock: Clock, due: (item: T) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  add(atMs: number, item: T): void {
    this.#heap.push({ atMs, item });
    this.#up(this.#heap.length - 1);
    this.#arm();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    const nextMs = this.#heap[0]?.atMs;
    if (this.#isClosed || nextMs === undefined || nextMs >= this.#armedForMs) return;
    this.#timer?.cancel();
    this.#armedForMs = nextMs;
    this.#timer = this.#clock.after(nextMs - this.#clock.nowMs(), () => this.#fire());
  }

  #fire(): void {
    this.#armedForMs = Number.POSITIVE_INFINITY;
    while (!this.#isClosed && this.#heap.length > 0) {
      // A timer may come a fraction of a millisecond early.
      if (this.#heap[0]!.atMs > this.#clock.nowMs() + 1) break;
      this.#due(this.#pop().item);
    }
    this.#arm();
  }

  #pop(): Due<T> {
    const [top] = this.#heap;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down(0);
    }
    return top!;
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#heap[parent]!.atMs <= this.#heap[at]!.atMs) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      for (const child of [left, right]) {
        const due = this.#heap[child];
        if (due !== undefined && due.atMs < this.#heap[least]!.atMs) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(one: number, other: number): void {
    [this.#heap[one], this.#heap[other]] = [this.#heap[other]!, this.#heap[one]!];
  }
}
