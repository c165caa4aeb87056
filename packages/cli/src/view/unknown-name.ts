/** What is said when a pool does not know the tenant or the agent that was asked for. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { nearestId, nearestName } from './nearest-name.js';
import type { Problem } from './problem-text.js';

/** Enough to recognise a misspelt one; a pool may know thousands. */
const MOST_NAMED = 10;

export function unknownTenant({ runtime, tenants }: Snapshot, tenant: string): Problem {
  const known = knownText(
    tenant,
    tenants.map((row) => row.tenant),
  );
  return { message: `pool "${runtime.name}" has no tenant "${tenant}"; ${known}` };
}

export function unknownAgent({ runtime, registeredAgents }: Snapshot, agent: string): Problem {
  const known = knownText(agent, registeredAgents);
  return { message: `pool "${runtime.name}" has no agent "${agent}"; ${known}` };
}

/** What kinds of names are looked through for the one that was meant. */
export interface KnownNames {
  readonly tenants: Iterable<string>;
  readonly sessions: Iterable<string>;
}

/** A refusal of a name, with the known one that may have been meant where there is one. */
export function withNearest(problem: Problem, name: string, known: KnownNames): Problem {
  const near = nearestName(name, known.tenants) ?? nearestId(name, known.sessions);
  if (near === undefined || near === name) return problem;
  return { ...problem, message: `${problem.message}; did you mean "${near}"?` };
}

function knownText(name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  const named = names.slice(0, MOST_NAMED);
  const more = names.length - named.length;
  if (named.length === 0) return 'it knows none yet';
  return `it knows ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
