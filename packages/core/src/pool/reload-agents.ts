/** Has a running pool take up newer code of its agents, and tells of it. */
import type { AgentReload } from './agent-folders.js';
import type { OpeningParts } from './opening.js';

/** @throws (as a rejection) TENANTRY_OPTIONS_INVALID, TENANTRY_AGENT_PATH_REFUSED */
export async function reloadAgents(
  { folders, placement, events }: OpeningParts,
  folder: string | URL,
): Promise<AgentReload> {
  const reload = await folders.reload(folder);
  const { changed, added, removed, failed } = reload;
  if (changed.length + added.length + removed.length + failed.length === 0) return reload;
  if (changed.length > 0) placement.renew();
  events.emit({ kind: 'agents.reloaded', ...reload });
  return reload;
}
