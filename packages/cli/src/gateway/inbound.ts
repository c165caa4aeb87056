/**
 * What a client has sent, on its way into its session, in order. Where the session makes it wait, the
 * socket is not read; what it had already read waits here.
 */
import { SENT } from '@tenantry/core/internal';
import type { SessionHandle } from '@tenantry/core';

/** Whoever reads the client's socket. */
interface Reader {
  pause(): void;
  resume(): void;
  /** The message of this number, from 1, did not reach the agent. */
  refused(number: number, error: unknown): void;
}

export class Inbound {
  readonly #session: Pick<SessionHandle, 'send'>;
  readonly #reader: Reader;
  readonly #waiting: unknown[] = [];
  #isSending = false;
  /** Number of the last message that was taken. */
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

  get isWaiting(): boolean {
    return this.#isSending;
  }

  take(message: unknown): void {
    this.#takenCount += 1;
    if (this.#isSending) {
      this.#waiting.push(message);
      this.#reader.pause();
      return;
    }
    const sent = this.#send(message);
    if (sent !== SENT) void this.#drain(sent);
  }

  /** Runs `then` when all that was taken is with the session. */
  afterAll(then: () => void): void {
    if (this.#isSending) this.#atEnd = then;
    else then();
  }

  async #drain(first: Promise<void>): Promise<void> {
    this.#isSending = true;
    await this.#told(first);
    while (this.#waiting.length > 0) await this.#told(this.#send(this.#waiting.shift()));
    this.#isSending = false;
    this.#reader.resume();
    this.#atEnd?.();
  }

  #send(message: unknown): Promise<void> {
    this.#sentCount += 1;
    return this.#session.send(message);
  }

  #told(sent: Promise<void>): Promise<void> {
    const number = this.#sentCount;
    return sent.catch((error: unknown) => this.#reader.refused(number, error));
  }
}
