/** Something kept for each caller, for so many of them: the ones that were quiet for longest are forgotten. */

/**
 * This share of the callers is forgotten at once. To find the first of a map that was deleted from takes
 * a walk over what was, so one at a time would make every stranger cost as much as all who are kept.
 */
const FORGOTTEN_AT_ONCE = 0.01;

export class Callers<Value> {
  readonly #maxCount: number;
  /** The one that was quiet for longest comes first. */
  readonly #values = new Map<string, Value>();

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get count(): number {
    return this.#values.size;
  }

  get(caller: string): Value | undefined {
    return this.#values.get(caller);
  }

  /** Keeps it as of now, in the place of what was kept. */
  keep(caller: string, value: Value): void {
    this.#values.delete(caller);
    this.#values.set(caller, value);
    if (this.#values.size > this.#maxCount) this.#forgetSome();
  }

  #forgetSome(): void {
    let left = Math.max(1, Math.floor(this.#maxCount * FORGOTTEN_AT_ONCE));
    for (const caller of this.#values.keys()) {
      this.#values.delete(caller);
      left -= 1;
      if (left === 0) return;
    }
  }
}
