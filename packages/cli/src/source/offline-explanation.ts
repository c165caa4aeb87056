/**
 * A tenant or session explained out of an audit file. What the records mean is left to core, reading
 * them to `audit-trail.ts`.
 */
import { TenantryError, type Explanation } from '@tenantry/core/internal';
import { explainSession, explainTenant, type AuditRecord } from '@tenantry/core/internal/host';
import { isOfSession, isOfTenant, readTrail, readingFile, type ReadTrail } from './audit-trail.js';

/** What a person can read, and a program can hold. */
const MOST_RECORDS = 2_000;

/** An explanation, or the names that the file knows instead. */
export type OfflineExplanation =
  | { readonly explanation: Explanation }
  | Pick<ReadTrail, 'tenants' | 'sessions'>;

/**
 * A tenant's name goes before the beginning of a session's id.
 * @throws TENANTRY_SESSION_UNKNOWN where several sessions begin so, or TENANTRY_FILE_UNREADABLE
 */
export async function explainOffline(file: string, name: string): Promise<OfflineExplanation> {
  const read = (passes: (record: AuditRecord) => boolean): Promise<ReadTrail> =>
    readingFile(file, () => readTrail(file, passes, MOST_RECORDS));

  const ofTenant = await read((record) => isOfTenant(record, name));
  const { records, tenants, sessions } = ofTenant;
  if (records.length > 0) return { explanation: explainTenant(name, records, undefined) };

  const its = await read((record) => isOfSession(record, name));
  const ids = new Set(its.records.map(({ session }) => session!));
  if (ids.size > 1 && !ids.has(name)) throw ambiguous(name, ids.size);
  const session = ids.has(name) ? name : [...ids][0];
  if (session === undefined) return { tenants, sessions };
  // What was decided of its tenant was decided of it.
  const tenant = its.records.find((record) => record.session === session)?.tenant;
  const about = await read(
    (record) =>
      record.session === session ||
      (tenant !== undefined && record.session === undefined && isOfTenant(record, tenant)),
  );
  return { explanation: explainSession(session, about.records, undefined)! };
}

function ambiguous(name: string, count: number): TenantryError {
  return new TenantryError(
    'TENANTRY_SESSION_UNKNOWN',
    `session "${name}": ${count} begin with it: give more of the id`,
  );
}
