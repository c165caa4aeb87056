/** What is said when a pool does not know the tenant or the agent that was asked for. */
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Problem } from './problem-text.js';

/** Enough to recognise a misspelt one; a pool may know thousands. */
const MOST_NAMED = 10;

export function unknownTenant({ runtime, tenants }: Snapshot, tenant: string): Problem {
  const known = knownText(tenants.map((row) => row.tenant));
  return { message: `pool "${runtime.name}" has no tenant "${tenant}"; ${known}` };
}

export function unknownAgent({ runtime, registeredAgents }: Snapshot, agent: string): Problem {
  const known = knownText(registeredAgents);
  return { message: `pool "${runtime.name}" has no agent "${agent}"; ${known}` };
}

function knownText(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED);
  const more = names.length - named.length;
  if (named.length === 0) return 'it knows none yet';
  return `it knows ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
