/** PORT: one step of a triage: what was looked at, what was found, and the command to type next. */
export const STEP_STATES = ['ok', 'look', 'act'] as const;
/** `look`: worth reading. `act`: this is, or leads to, what went wrong. */
export type StepState = (typeof STEP_STATES)[number];

export interface Step {
  readonly step: string;
  readonly state: StepState;
  /** In sentences. */
  readonly found: readonly string[];
  /** The command to type next; null where this step needs none. */
  readonly next: string | null;
}

/** Where an incident comes from, as far as the pool can tell. */
export const CATEGORIES = [
  'none',
  'host',
  'shared dependency',
  'tenant',
  'isolate',
  'agent',
  'load',
  'jobs',
  'auth',
] as const;
export type Category = (typeof CATEGORIES)[number];
