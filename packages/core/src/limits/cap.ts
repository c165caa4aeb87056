/**
 * A hard ceiling on how many may run at once. The permit is taken before anything is awaited and is
 * given back exactly once, so a burst cannot overshoot. What a refusal means is left to admission.
 */

/** The right to run; `release` is harmless when called twice. */
export interface Permit {
  release(): void;
}

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

/** Takes one of every cap, or none: the first full one is the answer. */
export function takeAll(caps: readonly Cap[]): Permit | Cap {
  for (const cap of caps) if (cap.isFull) return cap;
  for (const cap of caps) cap.take();
  return new HeldPermit(caps);
}

class HeldPermit implements Permit {
  #caps: readonly Cap[] | undefined;

  constructor(caps: readonly Cap[]) {
    this.#caps = caps;
  }

  release(): void {
    const caps = this.#caps;
    this.#caps = undefined;
    if (caps !== undefined) for (const cap of caps) cap.give();
  }
}
