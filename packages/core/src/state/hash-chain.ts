/**
 * A chain of records, each sealed with a hash over itself and the hash before it: a record that was
 * changed, removed or put between others breaks the chain there. Pure; files are left to others.
 *
 * It has no key, so it tells damage and edits, and not a file that was rewritten from some record on,
 * nor one that lost its last records: whoever wants to tell those keeps `lastHash` elsewhere.
 */
import { createHash } from 'node:crypto';

/** Where a chain goes on. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

/** A chain without records. */
export const CHAIN_START: Link = { seq: 0, hash: '0'.repeat(64) };

export type ChainBreak =
  | 'not-json'
  | 'seq-gap'
  | 'prev-mismatch'
  | 'hash-mismatch'
  | 'torn-last-line';

export interface WholeChain {
  readonly ok: true;
  readonly records: number;
  readonly lastHash: string;
}

export interface BrokenChain {
  readonly ok: false;
  readonly line: number;
  readonly why: ChainBreak;
}

export type ChainVerdict = WholeChain | BrokenChain;

/** A record as it is read back, with what every sealed record has. */
export interface SealedRecord extends Readonly<Record<string, unknown>> {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
}

export interface Sealed {
  /** The JSON of the record, without a newline. */
  readonly line: string;
  readonly link: Link;
}

const HASH_KEY = ',"hash":"';
const HASH_LENGTH = 64;
const HASH = /^[0-9a-f]{64}$/;

/**
 * `{ seq, …body, prev, hash }` as one line behind `previous`. The hash is sha256, in hex, of `prev`,
 * a newline and the JSON of the record without `hash`, with the keys in this order.
 */
export function seal(body: Readonly<Record<string, unknown>>, previous: Link): Sealed {
  const seq = previous.seq + 1;
  const open = JSON.stringify({ seq, ...body, prev: previous.hash });
  const hash = hashOf(previous.hash, open);
  return { line: `${open.slice(0, -1)}${HASH_KEY}${hash}"}`, link: { seq, hash } };
}

/** A line that `seal` made, or why it is none; whether it follows another line is not asked. */
export function unseal(line: string): SealedRecord | 'not-json' | 'hash-mismatch' {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return 'not-json';
  }
  if (!isSealedShape(record)) return 'not-json';
  // The hash is of the text and not of what was parsed: JSON has several spellings of one value.
  const open = `${line.slice(0, -(HASH_KEY.length + HASH_LENGTH + 2))}}`;
  return hashOf(record.prev, open) === record.hash ? record : 'hash-mismatch';
}

/**
 * Lines as they stand in a file, each with its newline; only the last can lack it. `line` counts from
 * 1 and is the first break.
 */
export function verifyChain(lines: Iterable<string>): ChainVerdict {
  const reader = new ChainReader();
  for (const line of lines) {
    const isWhole = line.endsWith('\n');
    const broken = reader.read(isWhole ? line.slice(0, -1) : line, isWhole);
    if (broken !== undefined) return broken;
  }
  return reader.end();
}

/** `verifyChain` for lines that come one after another; a null line could not be read. */
export class ChainReader {
  #last = CHAIN_START;

  read(line: string | null, isWhole: boolean): BrokenChain | undefined {
    const why = isWhole ? this.#breakOf(line) : 'torn-last-line';
    return why === undefined ? undefined : { ok: false, line: this.#last.seq + 1, why };
  }

  end(): WholeChain {
    return { ok: true, records: this.#last.seq, lastHash: this.#last.hash };
  }

  #breakOf(line: string | null): ChainBreak | undefined {
    const record = line === null ? 'not-json' : unseal(line);
    if (record === 'not-json') return record;
    if (record === 'hash-mismatch') return this.#moreOf(line!);
    if (record.seq !== this.#last.seq + 1) return 'seq-gap';
    if (record.prev !== this.#last.hash) return 'prev-mismatch';
    this.#last = { seq: record.seq, hash: record.hash };
    return undefined;
  }

  /** Of a record whose hash is wrong: whether what links it to the one before is wrong as well. */
  #moreOf(line: string): ChainBreak {
    const { seq, prev } = JSON.parse(line) as SealedRecord;
    if (seq !== this.#last.seq + 1) return 'seq-gap';
    return prev === this.#last.hash ? 'hash-mismatch' : 'prev-mismatch';
  }
}

function isSealedShape(value: unknown): value is SealedRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, prev, hash } = value as Readonly<Record<string, unknown>>;
  return (
    Number.isSafeInteger(seq) &&
    (seq as number) > 0 &&
    typeof prev === 'string' &&
    HASH.test(prev) &&
    typeof hash === 'string'
  );
}

function hashOf(prev: string, open: string): string {
  return createHash('sha256').update(`${prev}\n${open}`).digest('hex');
}
