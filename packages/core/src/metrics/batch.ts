/** Records as the bytes of one append: whole lines, and which of them a partial write has written. */
import { METRICS_VERSION } from './metrics-record.js';
import type { RecordQueue } from './record-queue.js';

/** Bounds how long serializing holds the loop; a longer line makes a batch of its own. */
const BATCH_BYTES = 262_144;

export interface Batch {
  readonly bytes: Uint8Array;
  /** Where each line ends, its newline included. */
  readonly endBytes: readonly number[];
}

/** At least one line, and further ones as long as they fit into `roomBytes`. */
export function nextBatch(queue: RecordQueue, writtenSeq: number, roomBytes: number): Batch {
  const maxBytes = Math.min(roomBytes, BATCH_BYTES);
  const endBytes: number[] = [];
  let text = '';
  let sizeBytes = 0;
  for (let index = 0; index < queue.lineCount; index += 1) {
    const line = lineOf(queue, index, writtenSeq + index);
    sizeBytes += Buffer.byteLength(line);
    if (index > 0 && sizeBytes > maxBytes) break;
    text += line;
    endBytes.push(sizeBytes);
  }
  queue.take(endBytes.length);
  return { bytes: Buffer.from(text), endBytes };
}

/** How many lines are in the file when so many bytes of the batch are. */
export function linesWithin({ endBytes }: Batch, writtenBytes: number): number {
  // All but its newline is enough: whoever appends next begins with one.
  return endBytes.filter((end) => end - 1 <= writtenBytes).length;
}

function lineOf(queue: RecordQueue, index: number, sinceSeq: number): string {
  try {
    return serialized(queue, index, sinceSeq);
  } catch {
    // It never will be a line, and would hold up all that come after it.
    queue.giveUp(index);
    return serialized(queue, index, sinceSeq);
  }
}

function serialized(queue: RecordQueue, index: number, sinceSeq: number): string {
  const { kind, time, payload } = queue.at(index, sinceSeq);
  const record = { schemaVersion: METRICS_VERSION, kind, seq: sinceSeq + 1, time, payload };
  return `${JSON.stringify(record)}\n`;
}
