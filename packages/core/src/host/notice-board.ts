/**
 * The notices of one session, for its agent or for its client: the latest of each reason is kept until
 * somebody listens, then handed to every listener. Made when the first notice is given or the first
 * listener comes, as most sessions have neither.
 */
import type { Notice } from '../vocabulary/notice.js';

export type NoticeListener = (notice: Notice) => void;

export class NoticeBoard {
  readonly #listeners = new Set<NoticeListener>();
  readonly #runAsTheirs: (run: () => void) => void;
  readonly #onStray: (error: unknown) => void;
  #unheard: Notice[] = [];

  /** Listeners run in `runAsTheirs`, as turns of whoever they belong to; what they throw goes to `onStray`. */
  constructor(runAsTheirs: (run: () => void) => void, onStray: (error: unknown) => void) {
    this.#runAsTheirs = runAsTheirs;
    this.#onStray = onStray;
  }

  give(notice: Notice): void {
    if (this.#listeners.size > 0) {
      for (const listener of this.#listeners) this.#tell(listener, notice);
      return;
    }
    this.#unheard = this.#unheard.filter(({ reason }) => reason !== notice.reason);
    this.#unheard.push(notice);
  }

  /** Returns the function that removes it again. */
  listen(listener: NoticeListener): () => void {
    this.#listeners.add(listener);
    for (const notice of this.#unheard.splice(0)) this.#tell(listener, notice);
    return () => void this.#listeners.delete(listener);
  }

  #tell(listener: NoticeListener, notice: Notice): void {
    try {
      this.#runAsTheirs(() => listener(notice));
    } catch (error) {
      this.#onStray(error);
    }
  }
}
