/**
 * One line of a keyed store, with a checksum over its own text. A line that was hit is looked through
 * for whole records: a flipped bit costs the record it is in, not the neighbour a lost newline joins
 * it to. What a file of lines comes to is left to `keyed-store.ts`.
 */
import { createHash } from 'node:crypto';
import { isTenantId } from '../vocabulary/names.js';

/** Plain JSON; undefined where the key was deleted. */
export interface KeyedRecord {
  readonly key: string;
  readonly value: unknown;
}

const START = '{"key":"';
const SUM_KEY = ',"sum":"';
const SUM_LENGTH = 16;
const SUM_END = /,"sum":"[0-9a-f]{16}"\}/g;
/** Bounds the work on a line that only looks like records. */
const MOST_TRIES = 4_096;

/** `{"key":…,"value":…,"sum":…}` without a newline, of a value's JSON; a deletion has none. */
export function keyedLine(key: string, json: string | undefined): string {
  const open = `${START}${key}"${json === undefined ? '' : `,"value":${json}`}`;
  return `${open}${SUM_KEY}${sumOf(open)}"}`;
}

export function parseKeyedLine(line: string): KeyedRecord | undefined {
  const open = line.slice(0, -(SUM_KEY.length + SUM_LENGTH + 2));
  if (line !== `${open}${SUM_KEY}${sumOf(open)}"}`) return undefined;
  try {
    const { key, value } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return isTenantId(key) ? { key, value } : undefined;
  } catch {
    return undefined;
  }
}

/** The whole records in a line that is none itself. */
export function recordsWithin(line: string): readonly KeyedRecord[] {
  const found: KeyedRecord[] = [];
  const ends = [...line.matchAll(SUM_END)].map((match) => match.index + match[0].length);
  let tries = 0;
  for (let from = line.indexOf(START); from >= 0; from = line.indexOf(START, from)) {
    let next = from + 1;
    for (const end of ends) {
      if (end <= from) continue;
      if ((tries += 1) > MOST_TRIES) return found;
      const record = parseKeyedLine(line.slice(from, end));
      if (record === undefined) continue;
      found.push(record);
      next = end;
      break;
    }
    from = next;
  }
  return found;
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, SUM_LENGTH);
}
