/**
 * A hard ceiling on how many may run at once. One is taken before anything is awaited, so a burst
 * cannot overshoot; that it is given back exactly once is left to the permit that took it.
 */

export class Cap {
  readonly #maxCount: number;
  #heldCount = 0;

  /** `maxCount` may be `Infinity`: then it only counts. */
  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get maxCount(): number {
    return this.#maxCount;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  get isFull(): boolean {
    return this.#heldCount >= this.#maxCount;
  }

  /** Takes one; the caller has checked `isFull` in the same turn. */
  take(): void {
    this.#heldCount += 1;
  }

  give(): void {
    this.#heldCount -= 1;
  }
}
