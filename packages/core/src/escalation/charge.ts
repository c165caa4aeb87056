/**
 * What a tenant is judged by: all that stands against it or, while a shared cause is suspected, what
 * only the tenant itself can have caused. What follows from it is left to the escalation.
 */
import type { OffenceLedger } from './offence-ledger.js';
import { canBeSystemic, type Offence } from './offence.js';

export interface Charge {
  /** What `evidence` comes to. */
  readonly score: number;
  /** Oldest first. */
  readonly evidence: readonly Offence[];
  /** The tenant's own doing alone would not be enough. */
  readonly isDoubtful: boolean;
}

/** @param least the score that is needed */
export function chargeOf(
  ledger: OffenceLedger,
  least: number,
  isSharedCauseLikely: boolean,
  nowMs: number,
): Charge {
  const evidence = ledger.standingAt(nowMs);
  const ownScore = ledger.ownScoreAt(nowMs);
  if (!isSharedCauseLikely || ownScore < least) {
    return { score: ledger.scoreAt(nowMs), evidence, isDoubtful: isSharedCauseLikely };
  }
  const own = evidence.filter((offence) => !canBeSystemic(offence));
  return { score: ownScore, evidence: own, isDoubtful: false };
}
