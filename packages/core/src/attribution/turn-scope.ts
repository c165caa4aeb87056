/**
 * Whose code is running now: the one AsyncLocalStorage of the whole runtime. Each further storage
 * taxes every await of every tenant on Node 20 and 22, so everything that needs to know reads this one.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** What a turn is known by. */
export interface TurnOwner {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  /** Its place in the turn clock's tables; 0 while it has none. */
  turnSlot: number;
}

/** Told on every change of the owner; 0 is nobody. */
export interface TurnListener {
  readonly slot: number;
  switchTo(slot: number): void;
}

const storage = new AsyncLocalStorage<TurnOwner>();
let listener: TurnListener | undefined;

/**
 * Tells `told` of every turn of this thread from now on, at its beginning only: an `after` hook costs
 * another tenth of a microsecond an await. Returns the function that stops it.
 */
export function listenToTurns(told: TurnListener): () => void {
  const before = (): void => {
    const slot = slotOf(storage.getStore());
    if (slot !== told.slot) told.switchTo(slot);
  };
  listener = told;
  const hook = createHook({ before }).enable();
  return () => {
    hook.disable();
    listener = undefined;
  };
}

/** Runs `run` and everything it starts as turns of `owner`. */
export function runAs<T>(owner: TurnOwner, run: () => T): T {
  if (listener === undefined) return storage.run(owner, run);
  return within(listener, owner, () => storage.run(owner, run));
}

/** Runs `run` as nobody's turn: for work a session merely triggers. */
export function runAsNobody<T>(run: () => T): T {
  if (listener === undefined) return storage.exit(run);
  return within(listener, undefined, () => storage.exit(run));
}

/** The session whose code is running, or undefined outside any session. */
export function currentOwner(): TurnOwner | undefined {
  return storage.getStore();
}

/** Entered in the middle of another's turn, which goes on afterwards. */
function within<T>(told: TurnListener, owner: TurnOwner | undefined, run: () => T): T {
  const slot = slotOf(owner);
  if (slot === told.slot) return run();
  told.switchTo(slot);
  try {
    return run();
  } finally {
    // Asked of the owner again: it may have left meanwhile, and its slot be another's.
    told.switchTo(slotOf(storage.getStore()));
  }
}

function slotOf(owner: TurnOwner | undefined): number {
  return owner === undefined ? 0 : owner.turnSlot;
}
