/**
 * An offender's clients: one session after another, whether the one before was refused or not, with the
 * input of the act until it is mended. What the pool tells of it is heard by facts.ts; a refusal is
 * told to nobody but its client.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, type AgentPool } from '@tenantry/core';
import { GOOD_PAUSE_MS, type Act } from './acts.js';

/** How one attempt of theirs ended: `admitted`, or the code it was refused with. */
export type Attempt = string;

export class Clients {
  readonly #pool: AgentPool;
  readonly #act: Act;
  readonly #attempted: (attempt: Attempt, isMended: boolean) => void;
  #isMended = false;
  #isOver = false;

  constructor(pool: AgentPool, act: Act, attempted: (attempt: Attempt, isMended: boolean) => void) {
    this.#pool = pool;
    this.#act = act;
    this.#attempted = attempted;
  }

  start(): void {
    void this.#keepComing();
  }

  /** From now on their input is as it should be, and they take their time. */
  mend(): void {
    this.#isMended = true;
  }

  stop(): void {
    this.#isOver = true;
  }

  async #keepComing(): Promise<void> {
    while (!this.#isOver) {
      await this.#come();
      await sleep(this.#isMended ? GOOD_PAUSE_MS : this.#act.badPauseMs);
    }
  }

  async #come(): Promise<void> {
    const { tenant, agent, bad, good } = this.#act;
    const isMended = this.#isMended;
    try {
      const session = await this.#pool.open({ tenant, agent, input: isMended ? good() : bad() });
      this.#attempted('admitted', isMended);
      await session.done;
    } catch (error) {
      this.#attempted(codeOf(error) ?? 'TENANTRY_INTERNAL', isMended);
    }
  }
}
