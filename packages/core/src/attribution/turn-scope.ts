/**
 * Whose code is running now: the one AsyncLocalStorage of the whole runtime. Each further storage
 * taxes every await of every tenant on Node 20 and 22, so everything that needs to know reads this one.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** What a turn is known by. */
export interface TurnOwner {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
}

const storage = new AsyncLocalStorage<TurnOwner>();

/** Runs `run` and everything it starts as turns of `owner`. */
export function runAs<T>(owner: TurnOwner, run: () => T): T {
  return storage.run(owner, run);
}

/** Runs `run` as nobody's turn: for work a session merely triggers. */
export function runAsNobody<T>(run: () => T): T {
  return storage.exit(run);
}

/** The session whose code is running, or undefined outside any session. */
export function currentOwner(): TurnOwner | undefined {
  return storage.getStore();
}
