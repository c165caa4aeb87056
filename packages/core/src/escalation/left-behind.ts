/**
 * Sessions that go on where their tenant is no longer placed: they may finish there, but not go on
 * offending. Keeps a ledger of what each has done since its tenant was moved; whoever has it drained is
 * told.
 */
import type { EscalationOptions } from './escalation-options.js';
import { OffenceLedger } from './offence-ledger.js';
import { pointsOf, type Offence } from './offence.js';
import { compareRungs, type Rung } from '../vocabulary/rung.js';

export class LeftBehind {
  readonly #options: EscalationOptions;
  readonly #ledgers = new Map<string, OffenceLedger>();
  readonly #told = new Set<string>();

  constructor(options: EscalationOptions) {
    this.#options = options;
  }

  /** Whether its session has offended once too often; told once. `rung`: where its tenant is placed. */
  offended(offence: Offence, rung: Rung): boolean {
    const { session, rung: where, atMs } = offence;
    const { enforce, threshold, weights, halfLifeMs } = this.#options;
    if (!enforce || session === null || where === null || compareRungs(where, rung) >= 0) {
      return false;
    }
    if (this.#told.has(session)) return false;
    const ledger = this.#ledgers.get(session) ?? new OffenceLedger(halfLifeMs, atMs);
    this.#ledgers.set(session, ledger);
    ledger.add(offence, pointsOf(offence, weights), atMs);
    if (ledger.scoreAt(atMs) < threshold) return false;
    this.#told.add(session);
    return true;
  }

  ended(session: string): void {
    // On the path of each session, and nearly always empty: hashing its id costs more than asking.
    if (this.#ledgers.size === 0) return;
    this.#ledgers.delete(session);
    this.#told.delete(session);
  }
}
