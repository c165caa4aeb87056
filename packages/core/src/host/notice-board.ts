/**
 * The notices of one session: kept until somebody listens, then handed to every listener. Made when
 * the first notice is given or the first listener comes, as most sessions have neither.
 */
import { runAs, type TurnOwner } from '../attribution/turn-scope.js';
import type { Notice } from '../vocabulary/notice.js';

export type NoticeListener = (notice: Notice) => void;

export class NoticeBoard {
  readonly #listeners = new Set<NoticeListener>();
  readonly #owner: TurnOwner;
  readonly #onStray: (error: unknown) => void;
  #unheard: Notice[] = [];

  /** Listeners run as turns of `owner`; what they throw goes to `onStray`. */
  constructor(owner: TurnOwner, onStray: (error: unknown) => void) {
    this.#owner = owner;
    this.#onStray = onStray;
  }

  give(notice: Notice): void {
    if (this.#listeners.size === 0) this.#unheard.push(notice);
    else for (const listener of this.#listeners) this.#tell(listener, notice);
  }

  /** Returns the function that removes it again. */
  listen(listener: NoticeListener): () => void {
    this.#listeners.add(listener);
    for (const notice of this.#unheard.splice(0)) this.#tell(listener, notice);
    return () => void this.#listeners.delete(listener);
  }

  #tell(listener: NoticeListener, notice: Notice): void {
    try {
      runAs(this.#owner, () => listener(notice));
    } catch (error) {
      this.#onStray(error);
    }
  }
}
