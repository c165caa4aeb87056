/** Keeps this process alive while somebody is there; everything else of a pool lets it end. */

const LONGEST_INTERVAL_MS = 2 ** 31 - 1;

export class KeepAlive {
  // Not made by whoever comes first: it would keep in memory what that one's code belongs to.
  readonly #handle = setInterval(() => {}, LONGEST_INTERVAL_MS).unref();

  hold(): void {
    this.#handle.ref();
  }

  release(): void {
    this.#handle.unref();
  }

  close(): void {
    clearInterval(this.#handle);
  }
}
