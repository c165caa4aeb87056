/** What kind of trouble it is: the cause that explains the most comes first. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { turnsCallersAway } from './counters.js';
import type { Evidence } from './evidence.js';
import type { Category } from './step.js';
import type { Suspect } from './suspects.js';

type Seen = Pick<Evidence, 'snapshot' | 'findings' | 'requests'>;

/** As many tenants have to fail at one agent for it to be the agent's fault. */
const FEW_TENANTS = 2;
const LONG_LAG_MS = 250;

export function categoryOf(seen: Seen, found: readonly Suspect[]): Category {
  const { snapshot, findings } = seen;
  if ((snapshot.confinement?.systemic ?? null) !== null) return 'shared dependency';
  if (failingAgent(snapshot)) return 'agent';
  if (found.length > 0) return 'tenant';
  if (snapshot.isolates.some(({ state, freshness }) => state === 'stuck' || freshness === 'lost')) {
    return 'isolate';
  }
  if (snapshot.jobs?.agents.some(({ isFailing }) => isFailing) === true) return 'jobs';
  if (turnsCallersAway(seen)) return 'auth';
  const { activeSessions, maxConcurrentSessions } = snapshot.totals;
  const lagMs = Math.max(0, ...(snapshot.system?.loopLagHistoryMs.slice(-10) ?? []));
  if (activeSessions >= maxConcurrentSessions || lagMs > LONG_LAG_MS) return 'load';
  return findings.some(({ state }) => state === 'fail') ? 'host' : 'none';
}

/** Every recent failure is of one agent, and of several tenants. */
function failingAgent({ recentEnds }: Snapshot): boolean {
  const failed = recentEnds.filter(({ status }) => status === 'failed');
  const agents = new Set(failed.map(({ agent }) => agent));
  const others = recentEnds.some(({ status, agent }) => status !== 'failed' && agents.has(agent));
  const tenants = new Set(failed.map(({ tenant }) => tenant));
  return agents.size === 1 && tenants.size > FEW_TENANTS && !others;
}
