/**
 * Who is in an isolate: running sessions, those moved away whose code still finishes, and those about
 * to come. What an isolate does when it is empty is left to it.
 */
import type { IsolateSession } from './isolate-session.js';

export class Residents {
  readonly #running = new Map<string, IsolateSession>();
  readonly #leaving = new Set<IsolateSession>();
  readonly #onVacated: () => void;
  #reservedCount = 0;

  /** `onVacated` is told whenever one has gone; others may still be there. */
  constructor(onVacated: () => void) {
    this.#onVacated = onVacated;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Whether no session's code can be running, whoever is about to come. */
  get isQuiet(): boolean {
    return this.#running.size + this.#leaving.size === 0;
  }

  get isEmpty(): boolean {
    return this.#running.size + this.#leaving.size + this.#reservedCount === 0;
  }

  /** The one session whose code can be running; undefined where there may be another's. */
  get only(): IsolateSession | undefined {
    return this.#running.size === 1 && this.#leaving.size === 0 ? this.running()[0] : undefined;
  }

  running(): IsolateSession[] {
    return [...this.#running.values()];
  }

  admit(session: IsolateSession): void {
    this.#running.set(session.id, session);
  }

  /** It runs elsewhere; its code here may have something to finish. */
  leave(session: IsolateSession): void {
    this.#running.delete(session.id);
    this.#leaving.add(session);
  }

  gone(session: IsolateSession): void {
    const hasLeft = this.#leaving.delete(session);
    // One that was moved away and back has the same id.
    const isHere = this.#running.get(session.id) === session;
    if (isHere) this.#running.delete(session.id);
    if (isHere || hasLeft) this.#onVacated();
  }

  /** Keeps a place; returns the function that gives it up. */
  reserve(): () => void {
    this.#reservedCount += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#reservedCount -= 1;
      this.#onVacated();
    };
  }

  clear(): void {
    this.#running.clear();
  }
}
