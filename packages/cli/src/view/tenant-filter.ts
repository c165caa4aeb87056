/**
 * A snapshot cut to one tenant's rows: its own, its isolates and those its sessions run in, its
 * sessions, blocks and ends. Totals and coverage stay the pool's: they say what the rows are to be compared with.
 */
import type { Snapshot } from '@tenantry/core/snapshot';

/** Undefined where the pool knows no such tenant. */
export function onlyTenant(snapshot: Snapshot, tenant: string): Snapshot | undefined {
  const ofTenant = (row: { readonly tenant: string | null }): boolean => row.tenant === tenant;
  const tenants = snapshot.tenants.filter(ofTenant);
  const sessions = snapshot.sessions.filter(ofTenant);
  const places = new Set(sessions.map(({ isolate }) => isolate));
  const isolates = snapshot.isolates.filter((row) => ofTenant(row) || places.has(row.isolate));
  if (tenants.length + sessions.length + isolates.length === 0) return undefined;

  const sessionsByAgent: Record<string, number> = {};
  for (const { agent } of sessions) sessionsByAgent[agent] = (sessionsByAgent[agent] ?? 0) + 1;
  return {
    ...snapshot,
    sessionsByAgent,
    sessionsByTenant: sessions.length === 0 ? {} : { [tenant]: sessions.length },
    tenants,
    isolates,
    sessions,
    blocks: snapshot.blocks.filter(ofTenant),
    recentEnds: snapshot.recentEnds.filter(ofTenant),
  };
}
