/** Why an isolate ended, set once: what is noticed later is a consequence. */
import type { IsolateEnd } from '@tenantry/core/internal';

export class FirstCause {
  readonly settled: Promise<IsolateEnd>;
  #resolve!: (end: IsolateEnd) => void;
  #end: IsolateEnd | undefined;

  constructor() {
    this.settled = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get end(): IsolateEnd | undefined {
    return this.#end;
  }

  set(end: IsolateEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#resolve(end);
  }
}
