/**
 * Checks an audit file of any size, a piece at a time, from its first record on. What a chain can
 * and cannot tell is left to `hash-chain.ts`.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { linesOf, textOf } from './file-pieces.js';
import { RESTARTED, RESUMED } from './audit-entry.js';
import { ChainReader, type BrokenChain, type WholeChain } from './hash-chain.js';
import { stateFailed } from './state-trouble.js';

/** No record is longer: an entry has at most 16 KiB, and what is added to it less than one. */
const LONGEST_LINE_BYTES = 65_536;

/** What a file says of records that are not in it. */
export interface AuditGap {
  readonly line: number;
  /** `audit.restarted`: those before it; `audit.resumed`: those that the disk refused. */
  readonly kind: string;
  readonly at: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface WholeAudit extends WholeChain {
  /** In their order, at most 1,000. */
  readonly gaps: readonly AuditGap[];
}

const MOST_GAPS = 1_000;
const GAP_KINDS: ReadonlySet<unknown> = new Set([RESTARTED, RESUMED]);

/**
 * The number of records and the last hash, with what it says itself is missing; or the first line, from 1, at which the chain breaks.
 * @throws TENANTRY_STATE_FAILED when the file cannot be read
 */
export async function verifyAuditFile(file: string): Promise<WholeAudit | BrokenChain> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const reader = new ChainReader();
    const gaps: AuditGap[] = [];
    for await (const { bytes, isWhole } of linesOf(readable(handle), LONGEST_LINE_BYTES)) {
      const text = bytes === null ? null : textOf(bytes);
      const broken = reader.read(text, isWhole);
      if (broken !== undefined) return broken;
      const gap = gapOf(text!);
      if (gap !== undefined && gaps.length < MOST_GAPS) gaps.push(gap);
    }
    return { ...reader.end(), gaps };
  } catch (cause) {
    throw stateFailed(file, 'it cannot be read', cause);
  } finally {
    await handle?.close();
  }
}

/** Of a line that is a record. */
function gapOf(line: string): AuditGap | undefined {
  if (!line.includes('"kind":"audit.re')) return undefined;
  const { seq, kind, at, detail } = JSON.parse(line) as AuditGap & { readonly seq: number };
  return GAP_KINDS.has(kind) ? { line: seq, kind, at, detail } : undefined;
}

function readable(handle: FileHandle): Parameters<typeof linesOf>[0] {
  return {
    async read(atBytes, lengthBytes) {
      const piece = Buffer.alloc(lengthBytes);
      const { bytesRead } = await handle.read(piece, 0, lengthBytes, atBytes);
      return piece.subarray(0, bytesRead);
    },
  };
}
