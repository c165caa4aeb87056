/**
 * What core says of an audit file, as the commands need it: whether its chain is whole, and what its
 * records explain. Finding and reading the file is left to `audit-trail.ts`.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Explanation } from '@tenantry/core/internal';

/** A record as it stands in the file; what a kind of record has in `detail` is its own. */
export interface AuditRecord {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly tenant?: string;
  readonly session?: string;
  readonly actor?: unknown;
  readonly detail?: unknown;
}

export type AuditVerdict =
  | { readonly ok: true; readonly records: number; readonly lastHash: string }
  | { readonly ok: false; readonly line: number; readonly why: string };

/** `{…,"prev":"…","hash":"…"}`: the hash is of the text before it, so it is looked at as text. */
const SEALED = /^(.*),"hash":"([0-9a-f]{64})"\}$/s;

/** Reads a file of any size. */
export async function verifyAuditFile(path: string): Promise<AuditVerdict> {
  let last = { seq: 0, hash: '0'.repeat(64) };
  let text = '';
  const check = (line: string, isWhole: boolean): AuditVerdict | undefined => {
    const broken = (why: string): AuditVerdict => ({ ok: false, line: last.seq + 1, why });
    if (!isWhole) return broken('torn-last-line');
    const record = recordIn(line);
    if (record === undefined) return broken('not-json');
    const [, open = '', hash = ''] = SEALED.exec(line) ?? [];
    if (record.seq !== last.seq + 1) return broken('seq-gap');
    if (record.prev !== last.hash) return broken('prev-mismatch');
    const wanted = createHash('sha256').update(`${last.hash}\n${open}}`).digest('hex');
    if (hash !== wanted) return broken('hash-mismatch');
    last = { seq: last.seq + 1, hash };
    return undefined;
  };
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (text + String(chunk)).split('\n');
    text = lines.pop()!;
    for (const line of lines) {
      const verdict = check(line, true);
      if (verdict !== undefined) return verdict;
    }
  }
  return (
    (text === '' ? undefined : check(text, false)) ?? {
      ok: true,
      records: last.seq,
      lastHash: last.hash,
    }
  );
}

/**
 * Why it is so, out of the trail alone. `records` are those of the tenant, or of the session and its
 * tenant, oldest first.
 */
export function explainFrom(
  about: 'tenant' | 'session',
  name: string,
  records: readonly AuditRecord[],
): Explanation {
  const sentences = records.map(({ at, kind }) => `${at}: ${kind}.`);
  return { about, name, sentences, records };
}

function recordIn(line: string): { readonly seq?: unknown; readonly prev?: unknown } | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}
