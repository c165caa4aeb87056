/** What has come and is read one by one: the receiving side of a session, as its user sees it. */

type Waiting = {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

interface Queued {
  readonly message: unknown;
  readonly bytes: number;
}

const DONE = { done: true, value: undefined } as const;

export class MessageStream implements AsyncIterableIterator<unknown> {
  readonly #onConsumed: (bytes: number) => void;
  readonly #queue: Queued[] = [];
  readonly #readers: Waiting[] = [];
  #end: { readonly error: unknown } | undefined;

  constructor(onConsumed: (bytes: number) => void) {
    this.#onConsumed = onConsumed;
  }

  push(message: unknown, bytes: number): void {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#queue.push({ message, bytes });
      return;
    }
    this.#onConsumed(bytes);
    reader.resolve({ done: false, value: message });
  }

  /** What is queued is still read; after it the end, or the error. */
  close(error?: unknown): void {
    this.#end ??= { error };
    for (const { resolve, reject } of this.#readers.splice(0)) {
      if (error === undefined) resolve(DONE);
      else reject(error);
    }
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    const queued = this.#queue.shift();
    if (queued !== undefined) {
      this.#onConsumed(queued.bytes);
      return { done: false, value: queued.message };
    }
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
    }
    if (this.#end.error === undefined) return DONE;
    throw this.#end.error;
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
