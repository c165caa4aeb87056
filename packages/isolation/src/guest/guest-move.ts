/**
 * What a host says to a running session beside messages, and what comes of it: notices, and the
 * hand-over to another place. What is safe to hand over is core's to know.
 */
import type { HostedSession, MoveAnswer } from '@tenantry/core/internal';
import type { FrameSignal } from '../wire/messages.js';
import type { SessionLink } from '../wire/session-link.js';

export class GuestMove {
  readonly #session: HostedSession;
  readonly #link: SessionLink;
  readonly #onMoved: () => void;

  constructor(session: HostedSession, link: SessionLink, onMoved: () => void) {
    this.#session = session;
    this.#link = link;
    this.#onMoved = onMoved;
  }

  heard(signal: FrameSignal): void {
    switch (signal.kind) {
      case 'notice':
        this.#session.notice(signal.notice);
        return;
      case 'ask-carryable': {
        const { isCarryable } = this.#session;
        this.#link.signal({ kind: 'is-carryable', isCarryable });
        return;
      }
      case 'move':
        this.#session.askMove((answer) => this.#answered(answer));
        return;
      case 'keep':
        this.#session.keepHere();
        return;
      default:
    }
  }

  #answered(answer: MoveAnswer): void {
    if (answer.kind === 'kept') {
      this.#link.signal(answer);
      return;
    }
    const { run, unread, cost } = answer;
    this.#link.signal({
      kind: 'moved',
      run,
      unread: unread.map(({ value }) => value),
      sizes: unread.map(({ bytes }) => bytes),
      cost: cost ?? null,
    });
    this.#onMoved();
    // The host keeps the isolate a moment for it: the agent has something to finish.
    this.#session.onSettled = () => {
      this.#link.signal({ kind: 'settled' });
      this.#link.close();
    };
  }
}
