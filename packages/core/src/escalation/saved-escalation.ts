/**
 * A tenant's place and ledger as plain JSON, and back. Only wall-clock times are kept, because the
 * monotonic clock ends with its process; none of them decides how long anybody is held. Where it is
 * kept is left to the pool.
 */
import { z } from 'zod';
import { RUNGS } from '../vocabulary/rung.js';
import { LADDER_STATES, type Ladder } from './ladder.js';
import { MOST_EVIDENCE, type OffenceLedger } from './offence-ledger.js';
import { Offence } from './offence.js';

const figure = z.number().min(0);

export const SavedEscalation = z.object({
  version: z.literal(1),
  savedAtEpochMs: figure,
  state: z.enum(LADDER_STATES),
  rung: z.enum(RUNGS),
  isByHand: z.boolean(),
  /** Null where no time was running. */
  leftMs: figure.nullable(),
  sinceEpochMs: figure,
  confinements: z.int().min(0).max(1_000_000),
  cleanMs: figure,
  score: figure,
  /** A file that was written without it holds nothing that is surely the tenant's own doing. */
  ownScore: figure.default(0),
  evidence: z
    .array(z.object({ offence: Offence, points: figure, counts: z.boolean() }))
    .max(MOST_EVIDENCE),
});
export type SavedEscalation = Readonly<z.output<typeof SavedEscalation>>;

/** Both clocks at one moment. */
export interface Moment {
  readonly nowMs: number;
  readonly epochMs: number;
}

export function toSaved(ladder: Ladder, ledger: OffenceLedger, now: Moment): SavedEscalation {
  const { nowMs, epochMs } = now;
  return {
    version: 1,
    savedAtEpochMs: epochMs,
    ...ladder.positionAt(nowMs),
    sinceEpochMs: Math.max(0, epochMs - (nowMs - ladder.sinceMs)),
    score: ledger.scoreAt(nowMs),
    ownScore: ledger.ownScoreAt(nowMs),
    evidence: ledger.entries.map((entry) => ({ ...entry })),
  };
}

/**
 * Puts a saved tenant back. The score goes on decaying while the service is down; a clock that was set
 * back decays nothing. The time to serve stands still meanwhile, so no clock shortens or lengthens it.
 * @param withPosition false: only the ledger
 */
export function fromSaved(
  saved: SavedEscalation,
  ladder: Ladder,
  ledger: OffenceLedger,
  rules: { readonly halfLifeMs: number; readonly withPosition: boolean },
  now: Moment,
): void {
  const monotonic = (atEpochMs: number): number => now.nowMs - Math.max(0, now.epochMs - atEpochMs);
  const downMs = Math.max(0, now.epochMs - saved.savedAtEpochMs);
  const entries = saved.evidence.map((entry) => ({
    ...entry,
    offence: { ...entry.offence, atMs: monotonic(entry.offence.atEpochMs) },
  }));
  const remaining = 0.5 ** (downMs / rules.halfLifeMs);
  ledger.restore(saved.score * remaining, saved.ownScore * remaining, entries, now.nowMs);
  if (rules.withPosition) ladder.resume(saved, monotonic(saved.sinceEpochMs), now.nowMs);
}
