/**
 * A hard ceiling on how many may run at once. The permit is taken before anything is awaited and is
 * given back exactly once, so a burst cannot overshoot. What a refusal means is left to admission.
 */

/** The right to run; `release` is harmless when called twice. */
export interface Permit {
  release(): void;
}

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

/** Takes one of every cap, or none: the first full one is the answer. */
export function takeAll(first: Cap, second: Cap, third?: Cap): Permit | Cap {
  if (first.isFull) return first;
  if (second.isFull) return second;
  if (third?.isFull === true) return third;
  first.take();
  second.take();
  third?.take();
  return new HeldPermit(first, second, third);
}

class HeldPermit implements Permit {
  readonly #first: Cap;
  readonly #second: Cap;
  readonly #third: Cap | undefined;
  #held = true;

  constructor(first: Cap, second: Cap, third: Cap | undefined) {
    this.#first = first;
    this.#second = second;
    this.#third = third;
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#first.give();
    this.#second.give();
    this.#third?.give();
  }
}
