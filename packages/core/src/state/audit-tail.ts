/**
 * Opens an audit file where the chain goes on: reads its tail, cuts off a torn last line, sets aside
 * a file that does not end in a record. Everything that does not stay is kept under another name.
 * Appending is left to `audit-log.ts`.
 */
import path from 'node:path';
import { keepAs, sha256Of, tailOf, textOf, writeWhole } from './file-pieces.js';
import { CHAIN_START, seal, unseal, type Link, type SealedRecord } from './hash-chain.js';
import type { StateDisk, StateFile } from './state-disk.js';

/** What is read of a file to find its last records: 2,000 of 2 KiB. */
const TAIL_BYTES = 4_194_304;
const NEWLINE = 0x0a;

export interface OpenedAudit {
  readonly file: StateFile;
  readonly sizeBytes: number;
  readonly last: Link;
  /** The last records, oldest first: those that can be read. */
  readonly records: readonly SealedRecord[];
  readonly setAside?: SetAside;
  /** Where the torn end of the file is kept. */
  readonly torn?: string;
}

/** What stood where a new chain begins: a file under its other name, or nothing. */
export interface SetAside {
  readonly path: string | null;
  readonly sha256: string | null;
  readonly why: string;
}

export interface AuditRules {
  /** For the names of what is kept. */
  readonly epochMs: number;
  readonly mostRecords: number;
  /** A file that is never there before this one. */
  readonly beside: string | undefined;
  /** The first record of a chain that begins in the place of another. */
  restarted(aside: SetAside): Readonly<Record<string, unknown>>;
}

export async function openAudit(
  disk: StateDisk,
  file: string,
  rules: AuditRules,
): Promise<OpenedAudit> {
  const isMissed = await hasGone(disk, file, rules.beside);
  const opened = await disk.open(file);
  try {
    if (isMissed) return await setAside(disk, file, opened, rules, 'it was removed or emptied');
    const sizeBytes = await opened.sizeBytes();
    const tail = await tailOf(opened, sizeBytes, TAIL_BYTES);
    const soundInTail = tail.lastIndexOf(NEWLINE) + 1;
    if (soundInTail === 0 && sizeBytes > TAIL_BYTES)
      return await setAside(disk, file, opened, rules, 'its end is no line');
    const lines = tail.subarray(0, soundInTail);
    const records = recordsOf(lines, rules.mostRecords);
    const last = records.at(-1);
    if (typeof last === 'string') {
      return await setAside(disk, file, opened, rules, `its last line is no record (${last})`);
    }
    const soundBytes = sizeBytes - (tail.length - soundInTail);
    let torn: string | undefined;
    if (soundBytes < sizeBytes) {
      torn = await keepTorn(disk, file, tail.subarray(soundInTail), rules.epochMs);
      await opened.truncate(soundBytes);
      await opened.sync();
    }
    return {
      file: opened,
      sizeBytes: soundBytes,
      last: last === undefined ? CHAIN_START : { seq: last.seq, hash: last.hash },
      // The first line of the tail may begin before it, and is none then.
      records: records.filter((record) => typeof record !== 'string'),
      ...(torn === undefined ? {} : { torn }),
    };
  } catch (error) {
    await opened.close().catch(() => {});
    throw error;
  }
}

/** A pool that has kept something has said so in its audit trail before. */
async function hasGone(
  disk: StateDisk,
  file: string,
  beside: string | undefined,
): Promise<boolean> {
  if (beside === undefined) return false;
  const [found, other] = await Promise.all([disk.look(file), disk.look(beside)]);
  if (other === undefined || (found?.sizeBytes ?? 0) > 0) return false;
  return found === undefined || other.sizeBytes > 0;
}

function recordsOf(
  lines: Uint8Array,
  most: number,
): (SealedRecord | 'not-json' | 'hash-mismatch')[] {
  const found: (SealedRecord | 'not-json' | 'hash-mismatch')[] = [];
  let end = lines.length - 1;
  while (end >= 0 && found.length < most) {
    const before = end === 0 ? -1 : lines.lastIndexOf(NEWLINE, end - 1);
    const text = textOf(lines.subarray(before + 1, end));
    found.push(text === null ? 'not-json' : unseal(text));
    end = before;
  }
  return found.reverse();
}

/** Under a name of its own before it is cut off: what was torn may be all that is left of an act. */
async function keepTorn(
  disk: StateDisk,
  file: string,
  bytes: Uint8Array,
  epochMs: number,
): Promise<string> {
  const draft = `${file}.new`;
  await (await writeWhole(disk, draft, [bytes])).file.close();
  const kept = await keepAs(disk, draft, file, 'torn', epochMs);
  await disk.remove(draft);
  return kept;
}

async function setAside(
  disk: StateDisk,
  file: string,
  damaged: StateFile,
  rules: AuditRules,
  why: string,
): Promise<OpenedAudit> {
  const isEmpty = (await damaged.sizeBytes()) === 0;
  const aside: SetAside = {
    sha256: isEmpty ? null : await sha256Of(damaged),
    path: isEmpty ? null : await keepAs(disk, file, file, 'damaged', rules.epochMs),
    why,
  };
  // In the place of the old file only with its first record: a chain never begins without a word.
  const { line, link } = seal(rules.restarted(aside), CHAIN_START);
  const { file: fresh } = await writeWhole(disk, `${file}.new`, [`${line}\n`]);
  await disk.rename(`${file}.new`, file);
  await disk.syncFolder(path.dirname(file));
  await damaged.close().catch(() => {});
  return {
    file: fresh,
    sizeBytes: Buffer.byteLength(line) + 1,
    last: link,
    records: [unseal(line) as SealedRecord],
    setAside: aside,
  };
}
