/** PORT: what one look at the host found, and what to do about it. */
export const FINDING_STATES = ['ok', 'note', 'warn', 'fail'] as const;
/** `note`: worth knowing, nothing to do. `fail`: what is configured cannot work here. */
export type FindingState = (typeof FINDING_STATES)[number];

export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly state: FindingState;
  readonly found: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
}

export const ok = (check: string, found: string): Finding => ({
  check,
  state: 'ok',
  found,
  advice: null,
});

export const finding = (
  state: Exclude<FindingState, 'ok'>,
  check: string,
  found: string,
  advice: string | null,
): Finding => ({ check, state, found, advice });
