/**
 * Reads the file of a keyed store: every record that is whole, the last one of each key. Changing it is
 * left to `keyed-store.ts`.
 */
import { linesOf, textOf } from './file-pieces.js';
import { parseKeyedLine, recordsWithin } from './keyed-line.js';
import type { StateFile } from './state-disk.js';

export interface Recovered {
  readonly values: ReadonlyMap<string, unknown>;
  /** Where the last whole line ends. */
  readonly soundBytes: number;
  /** Whether a line is no record. */
  readonly isDamaged: boolean;
  /** Whether there is a record behind the last newline. */
  readonly isOpenEnded: boolean;
}

export async function recover(
  file: Pick<StateFile, 'read'>,
  longestLineBytes: number,
): Promise<Recovered> {
  const values = new Map<string, unknown>();
  let [soundBytes, isDamaged, isOpenEnded] = [0, false, false];
  for await (const { bytes, isWhole, endBytes } of linesOf(file, longestLineBytes)) {
    // A wrong byte becomes another character, and fails the checksum of the record it is in.
    const text = bytes === null ? '' : (textOf(bytes) ?? Buffer.from(bytes).toString());
    const record = parseKeyedLine(text);
    const records = record === undefined ? recordsWithin(text) : [record];
    for (const { key, value } of records) {
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    }
    if (isWhole) soundBytes = endBytes;
    if (isWhole ? record === undefined : bytes === null) isDamaged = true;
    if (!isWhole && records.length > 0) isOpenEnded = true;
  }
  return { values, soundBytes, isDamaged, isOpenEnded };
}
