/**
 * Looks at snapshots for what no event tells while it is harmless: who allocates much, who opens many
 * sessions. Pure but for the snapshots it is handed.
 */
import type { Snapshot } from '@tenantry/core';
import type { Detected } from './fact.js';

const MB = 1_048_576;
const MS_PER_S = 1_000;
/** From here on it is worth a line. */
const MUCH_BYTES_PER_S = 20 * MB;
/** A rate over less than this says little. */
const LONG_ENOUGH_MS = 250;
const MANY_OPENS_PER_S = 100;

export class Sightings {
  #previous: Snapshot | undefined;

  /** What the new snapshot shows of a tenant that is not in order. */
  seen(snapshot: Snapshot, tenant: string, atMs: number): Detected | undefined {
    const previous = this.#previous;
    this.#previous = snapshot;
    const opensPerS = previous === undefined ? 0 : opensBetween(previous, snapshot, tenant);
    if (opensPerS > MANY_OPENS_PER_S) {
      const what = `opens ${Math.round(opensPerS).toLocaleString('en-US')} sessions a second`;
      return { kind: 'detected', atMs, session: null, what, place: null };
    }
    const leak = snapshot.sessions.find(
      (row) =>
        row.tenant === tenant &&
        row.isolate === 'main' &&
        row.durationMs >= LONG_ENOUGH_MS &&
        (row.allocation?.bytesPerS ?? 0) > MUCH_BYTES_PER_S,
    );
    if (leak === undefined) return undefined;
    const what = `allocates ${Math.round(leak.allocation!.bytesPerS / MB)} MB a second`;
    return { kind: 'detected', atMs, session: leak.session, what, place: null };
  }
}

/** Admitted and refused ones, per second. */
function opensBetween(previous: Snapshot, snapshot: Snapshot, tenant: string): number {
  const elapsedMs = snapshot.takenAtMs - previous.takenAtMs;
  if (elapsedMs <= 0) return 0;
  return ((opensIn(snapshot, tenant) - opensIn(previous, tenant)) * MS_PER_S) / elapsedMs;
}

function opensIn(snapshot: Snapshot, tenant: string): number {
  const row = snapshot.tenants.find((each) => each.tenant === tenant);
  if (row === undefined) return 0;
  return Object.values(row.refusals).reduce((sum, count) => sum + count, row.started);
}
