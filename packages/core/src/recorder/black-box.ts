/**
 * The writing side of the black box: puts what happens into shared memory, one line a record, from
 * where another thread takes it. Survives the isolate an event is about, and is read while this loop
 * is blocked. Which events are worth it is left to the pool.
 */
import { maskLine } from '../secrets/mask-line.js';
import type { Clock } from '../time/clock.js';
import { ByteRing } from './byte-ring.js';
import { OF_THE_POOL } from './tenant-rings.js';

/** Room for what is written between two looks of the reader, 20 ms apart. */
const RING_BYTES = 1_048_576;
/** Longest record, in UTF-16 units of its JSON. */
export const LONGEST_RECORD = 2_048;
/** Ends the tenant in front of a record's JSON. */
const SEPARATOR = '\n';

export class BlackBox {
  readonly ring = new ByteRing(RING_BYTES);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A record begins with its time, and ends with its kind. Null: an event of the pool. */
  record(tenant: string | null, kind: string, fields: object): void {
    const atMs = this.#clock.epochMs();
    let json: string;
    try {
      json = JSON.stringify({ atMs, ...fields, kind });
    } catch {
      // Of a log line: a cycle, a bigint, a getter that throws.
      json = JSON.stringify({ atMs, unreadable: true, kind });
    }
    if (json.length > LONGEST_RECORD) json = cutRecord(atMs, kind, fields, json);
    // Here, where secrets are known by value: other threads know them by their look alone.
    json = maskLine(json);
    this.ring.write(`${tenant ?? OF_THE_POOL}${SEPARATOR}${json}`);
  }
}

/** What names it, and as much of the rest as has room, as text. */
function cutRecord(atMs: number, kind: string, fields: object, json: string): string {
  const { session, isolate } = fields as { session?: unknown; isolate?: unknown };
  const names = {
    ...(typeof session === 'string' ? { session: session.slice(0, 128) } : {}),
    ...(typeof isolate === 'string' ? { isolate: isolate.slice(0, 128) } : {}),
  };
  return JSON.stringify({ atMs, ...names, cut: json.slice(0, LONGEST_RECORD / 2), kind });
}

/** The tenant of a line of the ring, and its record. */
export function splitLine(line: string): { readonly tenant: string; readonly json: string } {
  const end = line.indexOf(SEPARATOR);
  return { tenant: line.slice(0, end), json: line.slice(end + 1) };
}
