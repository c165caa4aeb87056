/**
 * What an audit log holds: who did what to whom, as plain JSON of bounded size. Where it is kept is
 * left to `audit-log.ts`. Nothing is redacted here: whoever writes an entry leaves secrets out.
 */
import { TenantryError, shown } from '../errors/errors.js';
import type { Actor } from '../vocabulary/actor.js';

export interface AuditEntry {
  /** What happened, such as `tenant.quarantined`. */
  readonly kind: string;
  readonly tenant?: string;
  readonly session?: string;
  readonly actor: Actor;
  /** Plain JSON. Replaced by `{ truncated: true }` where the entry's JSON is over 16 KiB. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An entry as it is remembered. */
export interface AuditRecord extends AuditEntry {
  /** Its number in the file, from 1; null where the disk refused it. */
  readonly seq: number | null;
  /** Wall-clock time of the append, ISO 8601. For display: it may jump, `seq` does not. */
  readonly at: string;
  readonly deploymentVersion: string | null;
  readonly pid: number;
}

/** A chain that begins in the place of another. */
export const RESTARTED = 'audit.restarted';
/** How many records the disk has refused before it took this one. */
export const RESUMED = 'audit.resumed';

export interface AuditFilter {
  readonly kind?: string;
  readonly tenant?: string;
  readonly session?: string;
}

const MOST_ENTRY_BYTES = 16_384;

/**
 * A copy of the entry that nobody can change any more, of at most 16 KiB as JSON.
 * @throws TENANTRY_INTERNAL when it is too large without its detail
 */
export function bounded(entry: AuditEntry): AuditEntry {
  const { kind, tenant, session, actor, detail } = entry;
  const names = { kind, tenant, session, actor };
  const whole = jsonWithin({ ...names, detail });
  const json = whole ?? jsonWithin({ ...names, detail: { truncated: true } });
  if (json !== undefined) return JSON.parse(json) as AuditEntry;
  throw new TenantryError(
    'TENANTRY_INTERNAL',
    `audit entry ${shown(kind)}: its names alone are over ${MOST_ENTRY_BYTES} bytes`,
    { details: { limit: MOST_ENTRY_BYTES } },
  );
}

export function matches(record: AuditRecord, filter: AuditFilter): boolean {
  return (
    (filter.kind === undefined || filter.kind === record.kind) &&
    (filter.tenant === undefined || filter.tenant === record.tenant) &&
    (filter.session === undefined || filter.session === record.session)
  );
}

/** Undefined where it is too large, or no JSON: a cycle, a bigint, a getter that throws. */
function jsonWithin(entry: object): string | undefined {
  try {
    const json = JSON.stringify(entry);
    return Buffer.byteLength(json) <= MOST_ENTRY_BYTES ? json : undefined;
  } catch {
    return undefined;
  }
}
