/**
 * The side effects of one session, where they are recorded or replayed, and what else its host has to
 * report of it. A session of neither kind has none of this. Where the reports go is left to whoever
 * hears them.
 */
import { cloneMessage } from '../channel/cloneable.js';
import type { MessageLimits } from '../channel/message-limits.js';
import { TenantryError, shown } from '../errors/errors.js';
import { fromWireError, toWireError } from '../errors/wire-error.js';
import type {
  AttemptFact,
  EffectOutcome,
  RecordedEffect,
  SessionFact,
} from '../recorder/session-facts.js';

export type FactListener = (fact: SessionFact) => void;

export class Effects {
  readonly #limits: MessageLimits;
  /** By name and index; undefined where effects are run and recorded. */
  readonly #replayed: ReadonlyMap<string, EffectOutcome> | undefined;
  readonly #counts = new Map<string, number>();
  #listener: FactListener | undefined;
  #unheard: SessionFact[] = [];

  constructor(limits: MessageLimits, replayed?: readonly RecordedEffect[]) {
    this.#limits = limits;
    this.#replayed =
      replayed === undefined
        ? undefined
        : new Map(replayed.map(({ name, index, outcome }) => [keyOf(name, index), outcome]));
  }

  /** What was reported before is told at once. */
  hear(listener: FactListener): void {
    this.#listener = listener;
    for (const fact of this.#unheard.splice(0)) listener(fact);
  }

  attempted(attempt: AttemptFact): void {
    this.#tell(attempt);
  }

  async run<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    const index = this.#counts.get(name) ?? 0;
    this.#counts.set(name, index + 1);
    return this.#replayed === undefined
      ? this.#live(name, index, run)
      : (this.#answer(name, index) as T);
  }

  async #live<T>(name: string, index: number, run: () => Promise<T> | T): Promise<T> {
    const startedMs = performance.now();
    const ended = (outcome: EffectOutcome): void => {
      const durationMs = performance.now() - startedMs;
      this.#tell({ kind: 'effect', name, index, durationMs, outcome });
    };
    try {
      const value = await run();
      ended(this.#carried(value));
      return value;
    } catch (error) {
      ended({ kind: 'error', error: toWireError(error) });
      throw error;
    }
  }

  /** The agent has its own value; what is recorded is a copy, as of a message. */
  #carried(value: unknown): EffectOutcome {
    try {
      return { kind: 'result', value: cloneMessage(value, this.#limits).value };
    } catch (error) {
      return { kind: 'uncarried', why: toWireError(error).message };
    }
  }

  #answer(name: string, index: number): unknown {
    const outcome = this.#replayed!.get(keyOf(name, index));
    if (outcome?.kind === 'result') {
      this.#tell({ kind: 'effect', name, index, durationMs: 0, outcome });
      return cloneMessage(outcome.value, this.#limits).value;
    }
    if (outcome?.kind === 'error') {
      this.#tell({ kind: 'effect', name, index, durationMs: 0, outcome });
      throw fromWireError(outcome.error);
    }
    this.#tell({ kind: 'effect-missing', name, index });
    const why =
      outcome === undefined
        ? 'was not recorded'
        : `was recorded without its result: ${outcome.why}`;
    throw new TenantryError(
      'TENANTRY_REPLAY_EFFECT_MISSING',
      `effect ${shown(name)} (number ${index + 1} of this name) ${why}`,
      { details: { name: shown(name), index } },
    );
  }

  #tell(fact: SessionFact): void {
    if (this.#listener === undefined) this.#unheard.push(fact);
    else this.#listener(fact);
  }
}

const keyOf = (name: string, index: number): string => `${index} ${name}`;
