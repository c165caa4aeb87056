/** A snapshot cut to what the filters let through, in the order of the screen: what `--json` prints. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { onlyTenant } from '../view/tenant-filter.js';
import type { Filter } from './filter.js';
import { sortedIsolates, sortedSessionRows, sortedTenants, type SortKey } from './sort.js';
import { isJustFailed } from './top-session.js';

/** Totals stay the pool's: they say what the rows are to be compared with. */
export function chosenSnapshot(
  whole: Snapshot,
  { status, tenant, agent }: Pick<Filter, 'status' | 'tenant' | 'agent'>,
  sort: SortKey,
): Snapshot {
  const snapshot = tenant === null ? whole : (onlyTenant(whole, tenant) ?? whole);
  const ofAgent = (row: { readonly agent: string | null }): boolean =>
    agent === null || row.agent === agent;
  return {
    ...snapshot,
    tenants: sortedTenants(snapshot.tenants, sort),
    isolates: sortedIsolates(snapshot.isolates, sort),
    sessions: sortedSessionRows(
      snapshot.sessions.filter((row) => ofAgent(row) && (status === null || row.status === status)),
      sort,
    ),
    blocks: snapshot.blocks.filter(ofAgent),
    // What the screen shows as errored has ended, and is here.
    recentEnds: snapshot.recentEnds.filter(
      (row) => ofAgent(row) && (status !== 'errored' || isJustFailed(row)),
    ),
  };
}
