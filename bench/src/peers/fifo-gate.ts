/** What a plain queue in front of a pool does: so many at once, and the others in order of arrival. */
export class FifoGate {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async enter(): Promise<void> {
    if (this.#running < this.#most) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    // The place goes from one to the next: it is never free in between.
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
