/**
 * One timer for all sessions of a process: every session has a slot of the time of a frame, and is
 * woken when that is due, or as soon as the loop gets there. It keeps how late each frame was done.
 */
/** A slot lasts for one millisecond, the resolution of timers. */
const SLOT_MS = 1;

type Wake = (dueMs: number | undefined) => void;

export class Wheel {
  readonly #slots: Wake[][];
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #turn = 0;
  #latenessMs: number[] = [];

  constructor(frameMs: number) {
    this.#slots = Array.from({ length: frameMs / SLOT_MS }, () => []);
  }

  start(): void {
    const startMs = performance.now();
    const turnOn = (): void => {
      const nowMs = performance.now();
      for (;;) {
        const dueMs = startMs + this.#turn * SLOT_MS;
        if (dueMs > nowMs) break;
        const slot = this.#turn++ % this.#slots.length;
        const due = this.#slots[slot]!;
        if (due.length === 0) continue;
        this.#slots[slot] = [];
        for (const wake of due) wake(dueMs);
      }
      if (!this.#isOver) this.#timer = setTimeout(turnOn, 1);
    };
    turnOn();
  }

  /** Resolves with when that was due, or with undefined when it is over. */
  next(slot: number): Promise<number | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#slots[slot % this.#slots.length]!.push(resolve));
  }

  done(dueMs: number): void {
    this.#latenessMs.push(performance.now() - dueMs);
  }

  /** Of the frames since this was last asked. */
  takeLatenessMs(): number[] {
    const latenessMs = this.#latenessMs;
    this.#latenessMs = [];
    return latenessMs;
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const wake of this.#slots.flat()) wake(undefined);
  }
}

/** Of the agents that are measured with and without introspection. */
export const wheel = new Wheel(20);

/** Arithmetic that nothing optimises away; so many rounds take as long wherever they are called. */
export function work(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round += 1) sum += Math.sqrt(sum + round);
  return sum;
}
