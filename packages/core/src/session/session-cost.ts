/** What a session has cost that ran in more than one place. Measuring a run is left to its place. */
import type { SessionCost } from '../host/session-end.js';

/** What two runs have cost; of one that is not known, nothing is counted. */
export function addedCost(
  a: SessionCost | undefined,
  b: SessionCost | undefined,
): SessionCost | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const isUnknown = a.blockedMs === null && b.blockedMs === null;
  return {
    cpuMs: a.cpuMs + b.cpuMs,
    blockedMs: isUnknown ? null : (a.blockedMs ?? 0) + (b.blockedMs ?? 0),
  };
}
