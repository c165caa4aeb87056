/**
 * What a client has sent, on its way into its session, in order. Where the session makes it wait, it
 * waits here: a client that acknowledges sends no more than it may have under way, so its socket is
 * read on, for what it acknowledges may be what the agent waits for. The socket of any other client is
 * not read meanwhile.
 */
import { SENT } from '@tenantry/core/internal';
import type { SessionHandle } from '@tenantry/core';

/** Whoever reads the client's socket. */
interface Reader {
  pause(): void;
  resume(): void;
  /** The session has taken it, or refused it. */
  accepted(bytes: number): void;
  /** The message of this number, from 1, did not reach the agent. */
  refused(number: number, error: unknown): void;
}

interface Waiting {
  readonly message: unknown;
  readonly bytes: number;
}

export class Inbound {
  readonly #session: Pick<SessionHandle, 'send'>;
  readonly #reader: Reader;
  readonly #waiting: Waiting[] = [];
  #mayWaitCount = 0;
  #isSending = false;
  /** Number of the last message that was taken, and of the last one that was handed on. */
  #takenCount = 0;
  #sentCount = 0;
  #atEnd: (() => void) | undefined;

  constructor(session: Pick<SessionHandle, 'send'>, reader: Reader) {
    this.#session = session;
    this.#reader = reader;
  }

  get takenCount(): number {
    return this.#takenCount;
  }

  /** Another client, of whose messages so many may wait before it is not read. */
  readBy(mayWaitCount: number): void {
    this.#mayWaitCount = mayWaitCount;
    if (this.#isSending && this.#waiting.length >= mayWaitCount) this.#reader.pause();
  }

  take(message: unknown, bytes: number): void {
    this.#takenCount += 1;
    if (this.#isSending) {
      this.#waiting.push({ message, bytes });
    } else {
      const sent = this.#send(message);
      if (sent === SENT) {
        this.#reader.accepted(bytes);
        return;
      }
      void this.#drain(sent, bytes);
    }
    if (this.#waiting.length >= this.#mayWaitCount) this.#reader.pause();
  }

  /** Runs `then` when all that was taken is with the session. */
  afterAll(then: () => void): void {
    if (this.#isSending) this.#atEnd = then;
    else then();
  }

  async #drain(first: Promise<void>, firstBytes: number): Promise<void> {
    this.#isSending = true;
    await this.#told(first, firstBytes);
    while (this.#waiting.length > 0) {
      const { message, bytes } = this.#waiting.shift()!;
      await this.#told(this.#send(message), bytes);
      if (this.#waiting.length < this.#mayWaitCount) this.#reader.resume();
    }
    this.#isSending = false;
    this.#reader.resume();
    this.#atEnd?.();
  }

  #send(message: unknown): Promise<void> {
    this.#sentCount += 1;
    return this.#session.send(message);
  }

  async #told(sent: Promise<void>, bytes: number): Promise<void> {
    const number = this.#sentCount;
    try {
      await sent;
    } catch (error) {
      this.#reader.refused(number, error);
    }
    this.#reader.accepted(bytes);
  }
}
