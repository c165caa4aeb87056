/**
 * The audit trail as a file, read without a running pool: where it is, and the last of its records that
 * pass. Whether nobody changed it is left to `verifyAuditFile`.
 */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf, SHORTEST_SESSION_PREFIX } from '@tenantry/core/internal';
import type { AuditRecord } from '@tenantry/core/internal/host';
import { unreadable } from './file-problem.js';

const FILE_NAME = 'audit.jsonl';
/** Names that are kept to find the one that was meant. */
const MOST_NAMES = 10_000;

export interface ReadTrail {
  /** The last ones that pass, oldest first. */
  readonly records: readonly AuditRecord[];
  /** How many pass. */
  readonly passing: number;
  /** Lines that are no record, and the first of them, counted from 1. */
  readonly unreadable: number;
  readonly firstUnreadable: number | null;
  readonly tenants: ReadonlySet<string>;
  readonly sessions: ReadonlySet<string>;
}

export const auditFileIn = (stateDir: string): string => path.join(stateDir, FILE_NAME);

/** @throws what the system says where the file cannot be read */
export async function readTrail(
  file: string,
  passes: (record: AuditRecord) => boolean,
  most: number,
): Promise<ReadTrail> {
  let records: AuditRecord[] = [];
  let passing = 0;
  let line = 0;
  let unreadable = 0;
  let firstUnreadable: number | null = null;
  const tenants = new Set<string>();
  const sessions = new Set<string>();
  const input = createReadStream(file, 'utf8');
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const record = recordOf(text);
    if (record === undefined) {
      unreadable += 1;
      firstUnreadable ??= line;
      continue;
    }
    if (record.tenant !== undefined && tenants.size < MOST_NAMES) tenants.add(record.tenant);
    if (record.session !== undefined && sessions.size < MOST_NAMES) sessions.add(record.session);
    if (!passes(record)) continue;
    passing += 1;
    records.push(record);
    if (records.length >= 2 * most) records = records.slice(-most);
  }
  records = records.slice(-most);
  return { records, passing, unreadable, firstUnreadable, tenants, sessions };
}

/** Whether a record is of a tenant, itself or as one of several in its detail. */
export function isOfTenant({ tenant, detail }: AuditRecord, name: string): boolean {
  if (tenant === name) return true;
  const tenants = (detail as { tenants?: unknown } | null | undefined)?.tenants;
  return Array.isArray(tenants) && tenants.includes(name);
}

/** Whether a record is of the session of this id, or of one whose id begins so. */
export function isOfSession({ session }: AuditRecord, name: string): boolean {
  if (session === undefined) return false;
  return session === name || (name.length >= SHORTEST_SESSION_PREFIX && session.startsWith(name));
}

/**
 * Runs `work` on a file.
 * @throws TENANTRY_FILE_UNREADABLE where the system refuses, and what else `work` throws
 */
export async function readingFile<Result>(
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined || code.startsWith('TENANTRY_')) throw cause;
    throw unreadable(file, cause);
  }
}

function recordOf(text: string): AuditRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const { seq, at, kind, tenant, session, actor, detail } = fields;
  const isRight =
    Number.isSafeInteger(seq) &&
    [at, kind].every((part) => typeof part === 'string') &&
    [actor, detail].every((part) => typeof part === 'object' && part !== null) &&
    [tenant, session].every((part) => part === undefined || typeof part === 'string');
  return isRight ? (value as AuditRecord) : undefined;
}
