/** What a session has cost that ran in more than one place. Measuring a run is left to its place. */
import type { SessionCost } from '../host/session-end.js';

/** What two runs have cost; of one that is not known, nothing is counted. */
export function addedCost(
  a: SessionCost | undefined,
  b: SessionCost | undefined,
): SessionCost | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { cpuMs: sum(a.cpuMs, b.cpuMs), blockedMs: sum(a.blockedMs, b.blockedMs) };
}

function sum(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}
