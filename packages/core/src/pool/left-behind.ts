/**
 * Sessions that go on where their tenant is no longer placed: they may finish there, but not go on
 * offending. Counts what each has done since its tenant was moved; whoever has it drained is told.
 */
import type { Offence } from '../escalation/offence.js';
import { pointsOf } from '../escalation/offence.js';
import type { EscalationOptions } from '../escalation/escalation-options.js';
import { compareRungs, type Rung } from '../vocabulary/rung.js';

export class LeftBehind {
  readonly #options: EscalationOptions;
  /** Points by session; one that is to be drained has as many as the threshold. */
  readonly #points = new Map<string, number>();

  constructor(options: EscalationOptions) {
    this.#options = options;
  }

  /** Whether its session has offended once too often; told once. `rung`: where its tenant is placed. */
  offended(offence: Offence, rung: Rung): boolean {
    const { session, rung: where } = offence;
    const { enforce, threshold, weights } = this.#options;
    if (!enforce || session === null || where === null || compareRungs(where, rung) >= 0) {
      return false;
    }
    const before = this.#points.get(session) ?? 0;
    if (before >= threshold) return false;
    const points = before + pointsOf(offence, weights);
    this.#points.set(session, points);
    return points >= threshold;
  }

  ended(session: string): void {
    // On the path of each session, and nearly always empty: hashing its id costs more than asking.
    if (this.#points.size > 0) this.#points.delete(session);
  }
}
