/** What a session's host reports of it beside messages, as plain data that crosses any wire. */
import type { WireError } from '../errors/wire-error.js';

/** A side effect that came to its end under its name. */
export interface EffectFact {
  readonly kind: 'effect';
  readonly name: string;
  /** Which of the effects of this name, from 0. */
  readonly index: number;
  readonly durationMs: number;
  readonly outcome: EffectOutcome;
}

export type EffectOutcome =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: WireError }
  /** It answered something that no message can hold; `why` says what. */
  | { readonly kind: 'uncarried'; readonly why: string };

/** An effect that a replay was to answer and that its recording does not have. */
export interface MissingEffectFact {
  readonly kind: 'effect-missing';
  readonly name: string;
  readonly index: number;
}

/** Something that a dry run refused. */
export interface AttemptFact {
  readonly kind: 'attempt';
  /** Such as `fs.writeFile` or `net.connect`. */
  readonly call: string;
  /** File, host or command. */
  readonly target: string;
  /** Function and line of the agent's code; null where the stack does not say. */
  readonly where: string | null;
  /** How often so far, of this call, target and place. */
  readonly count: number;
}

export type SessionFact = EffectFact | MissingEffectFact | AttemptFact;

/** An effect as a replay answers it. */
export type RecordedEffect = Pick<EffectFact, 'name' | 'index' | 'outcome'>;
