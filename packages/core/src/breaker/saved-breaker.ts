/**
 * What of a breaker outlives its process, as plain JSON. Times are lengths beside the wall-clock time
 * of saving, because a monotonic time means nothing to the next process. Where it is kept is left to
 * whoever saves.
 */
import { z } from 'zod';
import { BREAKER_STATES } from '../snapshot/report.js';

const count = z.int().min(0);

export const SavedBreaker = z.object({
  state: z.enum(BREAKER_STATES),
  /** How often it has opened. */
  trips: count,
  /** Steps by which its cooldown has grown. */
  growth: count,
  failures: count,
  samples: count,
  /** Tripped by a person. */
  byHand: z.boolean().default(false),
  /** What was left of the cooldown; 0 unless it was open. */
  remainingMs: z.number().min(0),
  /** Wall-clock milliseconds since 1970. */
  savedAtMs: z.number(),
});
export type SavedBreaker = Readonly<z.output<typeof SavedBreaker>>;

/** What is left of the saved cooldown: never more than that, wherever the wall clock has gone. */
export function remainingAfter(saved: SavedBreaker, epochMs: number): number {
  const passedMs = Math.max(0, epochMs - saved.savedAtMs);
  return Math.max(0, saved.remainingMs - passedMs);
}
