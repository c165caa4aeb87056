/**
 * A hard ceiling on how many may run at once. One is taken before anything is awaited, so a burst
 * cannot overshoot; that it is given back exactly once is left to the permit that took it.
 */

export class Cap {
  /** May be `Infinity`: then it only counts. Lowered below what is held, nothing is taken away. */
  maxCount: number;
  #heldCount = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  get isFull(): boolean {
    return this.#heldCount >= this.maxCount;
  }

  /** Takes one; the caller has checked `isFull` in the same turn. */
  take(): void {
    this.#heldCount += 1;
  }

  give(): void {
    this.#heldCount -= 1;
  }
}
