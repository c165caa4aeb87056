/**
 * A conversation of the first offender that has done nothing wrong, and lasts while its tenant is moved.
 * Its client says a line every 50 ms and counts the answers.
 */
import type { AgentPool, SessionHandle } from '@tenantry/core';

const LINE_EVERY_MS = 50;

export class Conversation {
  #session: SessionHandle<string, number, number> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #said = 0;
  #heard = 0;
  #fault: string | undefined;

  async start(pool: AgentPool, tenant: string): Promise<void> {
    const session = await pool.open<string, number, number>({ tenant, agent: 'minutes' });
    this.#session = session;
    void this.#listen(session.messages);
    this.#timer = setInterval(() => {
      this.#said += 1;
      session.send(`line ${this.#said}`).catch((error: Error) => (this.#fault ??= error.message));
    }, LINE_EVERY_MS);
  }

  /** Ends it, and answers what went wrong; empty where each line had its answer, in order. */
  async stop(): Promise<string[]> {
    clearInterval(this.#timer);
    const outcome = await this.#session?.close();
    if (outcome?.reason !== 'completed') {
      this.#fault ??= `it ended as ${outcome?.reason}: ${outcome?.error?.message ?? ''}`;
    }
    if (this.#heard !== this.#said) {
      this.#fault ??= `${this.#said} lines were said and ${this.#heard} answered`;
    }
    return this.#fault === undefined ? [] : [`the conversation: ${this.#fault}`];
  }

  get linesSaid(): number {
    return this.#said;
  }

  async #listen(answers: AsyncIterable<number>): Promise<void> {
    try {
      for await (const line of answers) {
        this.#heard += 1;
        if (line !== this.#heard)
          this.#fault ??= `answer ${line} came where ${this.#heard} was due`;
      }
    } catch {
      // A session that breaks says why in its outcome.
    }
  }
}
