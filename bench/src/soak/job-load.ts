/** Jobs that are submitted all the time, some of which fail; each is followed to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, type TenantryClient } from '@tenantry/core/client';
import { WORKERS } from './population.js';

const EVERY_MS = 500;
const FAILING_RATIO = 0.05;
const SETTLE_DEADLINE_MS = 60_000;

export class JobLoad {
  submitted = 0;
  done = 0;
  dead = 0;
  /** By code. */
  readonly refused = new Map<string, number>();
  /** Ended neither well nor as dead letters. */
  readonly unsettled: string[] = [];
  readonly #client: TenantryClient;
  readonly #random: () => number;
  readonly #following = new Set<Promise<void>>();

  constructor(client: TenantryClient, random: () => number) {
    this.#client = client;
    this.#random = random;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const { id: tenant } = WORKERS[Math.floor(this.#random() * WORKERS.length)]!;
      const input = this.#random() < FAILING_RATIO ? 'fails' : 'works';
      try {
        const { id } = await this.#client.jobs.submit({ tenant, agent: 'task', input });
        this.submitted += 1;
        const followed = this.#follow(id);
        this.#following.add(followed);
        void followed.finally(() => this.#following.delete(followed));
      } catch (error) {
        const code = codeOf(error) ?? String(error);
        this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
      }
      await sleep(EVERY_MS);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#following);
  }

  async #follow(id: string): Promise<void> {
    try {
      const { state } = await this.#client.jobs.wait(id, { timeoutMs: SETTLE_DEADLINE_MS });
      if (state === 'done') this.done += 1;
      else if (state === 'dead_letter') this.dead += 1;
      else this.unsettled.push(id);
    } catch {
      this.unsettled.push(id);
    }
  }
}
