/**
 * Gives a session what a recorded one was given, in its order: what came after the client had seen so
 * many messages is given when so many have been seen again. Whether they are the same is left to
 * `compare.ts`.
 */
import type { SessionHandle, SessionRecording } from '@tenantry/core';
import type { AbortReason, Clock, Notice } from '@tenantry/core/internal';
import { fromTagged } from '@tenantry/core/internal/host';

/** A session as the pool itself holds it. */
export interface FedSession extends SessionHandle {
  notice(notice: Notice): void;
  abort(reason: AbortReason, detail?: string): void;
}

type Event = SessionRecording['events'][number];
type Waited = 'seen' | 'ended' | 'late';

export class Feed {
  readonly #session: FedSession;
  readonly #clock: Clock;
  readonly #waitMs: number;
  #seen = 0;
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(session: FedSession, clock: Clock, waitMs: number) {
    this.#session = session;
    this.#clock = clock;
    this.#waitMs = waitMs;
    void this.#read();
    void session.done.then(() => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  /** Answers what it waited for in vain: the number of a message, the end, or nothing. */
  async run({ events, cut, end }: SessionRecording): Promise<number | 'end' | null> {
    // What is behind a gap cannot be given in its place.
    const whole = cut === null ? events : events.slice(0, cut.afterEvents);
    let expected = 0;
    for (const event of whole) {
      if (event.kind === 'out') expected += 1;
      if (!isFed(event)) continue;
      const waited = await this.#waitFor(expected);
      if (waited === 'late') return this.#seen + 1;
      if (waited === 'ended') return null;
      if ((await this.#give(event)) === 'late') return this.#seen + 1;
    }
    const waited = await this.#waitFor(expected);
    if (waited === 'late') return this.#seen + 1;
    if (cut !== null || end === null) return null;
    return (await this.#waitForEnd()) === 'late' ? 'end' : null;
  }

  async #give(event: Event): Promise<Waited> {
    const session = this.#session;
    switch (event.kind) {
      case 'in': {
        // Its own error says that the session is ending, which is seen anyway.
        const sent = session.send(fromTagged(event.value)).catch(() => {});
        return this.#within(sent);
      }
      case 'closed':
        void session.close();
        return 'seen';
      case 'notice':
        session.notice(event.notice);
        return 'seen';
      case 'abort':
        session.abort(event.reason, event.detail ?? undefined);
        return 'seen';
      default:
        return 'seen';
    }
  }

  async #read(): Promise<void> {
    for await (const _message of this.#session.messages) {
      this.#seen += 1;
      this.#wake();
    }
  }

  /** As long as messages come, it waits for more. */
  async #waitFor(count: number): Promise<Waited> {
    while (this.#seen < count && !this.#hasEnded) {
      if ((await this.#within(this.#woken())) === 'late') return 'late';
    }
    // The last messages are read a turn after the end is told.
    if (this.#seen < count) await this.#within(this.#session.done);
    return this.#seen >= count ? 'seen' : 'ended';
  }

  async #waitForEnd(): Promise<Waited> {
    while (!this.#hasEnded) {
      if ((await this.#within(this.#woken())) === 'late') return 'late';
    }
    return 'ended';
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #within(promise: Promise<unknown>): Promise<Waited> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(this.#waitMs, () => resolve('late'), true);
      void promise.then(() => {
        timer.cancel();
        resolve('seen');
      });
    });
  }
}

function isFed({ kind }: Event): boolean {
  return kind === 'in' || kind === 'closed' || kind === 'notice' || kind === 'abort';
}
