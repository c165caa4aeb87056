/**
 * An offender's clients: one session after another, whether the one before was refused or not, with the
 * input of the act until it is mended. What the runtime makes of it is seen by facts.ts.
 */
import type { AgentPool } from '@tenantry/core';
import type { Act } from './acts.js';

export class Clients {
  readonly #pool: AgentPool;
  readonly #act: Act;
  #isMended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: AgentPool, act: Act) {
    this.#pool = pool;
    this.#act = act;
  }

  /** Answers when the first bad session was opened, on `performance.now()`. */
  start(): number {
    this.#timer = setInterval(() => void this.#come(), this.#act.everyMs);
    const startMs = performance.now();
    void this.#come();
    return startMs;
  }

  /** From now on their input is as it should be. */
  mend(): void {
    this.#isMended = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #come(): Promise<void> {
    const { tenant, agent, bad, good } = this.#act;
    try {
      const input = this.#isMended ? good() : bad();
      const session = await this.#pool.open({ tenant, agent, input });
      for await (const _told of session.messages);
    } catch {
      // Refused, or failed: the observers are told of that, and these clients come again.
    }
  }
}
