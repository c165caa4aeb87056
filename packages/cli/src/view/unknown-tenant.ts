/** What is said when a pool does not know the tenant that was asked for. */
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Problem } from './problem-text.js';

/** Enough to recognise a misspelt one; a pool may know thousands. */
const MOST_NAMED = 10;

export function unknownTenant({ runtime, tenants }: Snapshot, tenant: string): Problem {
  const named = tenants.slice(0, MOST_NAMED).map((row) => row.tenant);
  const more = tenants.length - named.length;
  const known =
    named.length === 0
      ? 'it knows none yet'
      : `it knows ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return { message: `pool "${runtime.name}" has no tenant "${tenant}"; ${known}` };
}
