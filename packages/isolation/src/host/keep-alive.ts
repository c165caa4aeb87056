/** Keeps this process alive while a session runs elsewhere; its own loop may have nothing else to do. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;

export class KeepAlive {
  #handle: NodeJS.Timeout | undefined;

  hold(): void {
    this.#handle ??= setInterval(() => {}, LONGEST_INTERVAL_MS);
  }

  release(): void {
    clearInterval(this.#handle);
    this.#handle = undefined;
  }
}
