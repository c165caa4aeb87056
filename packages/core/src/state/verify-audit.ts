/**
 * Checks an audit file of any size, a piece at a time, from its first record on. What a chain can
 * and cannot tell is left to `hash-chain.ts`.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { linesOf, textOf } from './file-pieces.js';
import { ChainReader, type ChainVerdict } from './hash-chain.js';
import { stateFailed } from './state-trouble.js';

/** No record is longer: an entry has at most 16 KiB, and what is added to it less than one. */
const LONGEST_LINE_BYTES = 65_536;

/**
 * The number of records and the last hash, or the first line, from 1, at which the chain breaks.
 * @throws TENANTRY_STATE_FAILED when the file cannot be read
 */
export async function verifyAuditFile(file: string): Promise<ChainVerdict> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const reader = new ChainReader();
    for await (const { bytes, isWhole } of linesOf(readable(handle), LONGEST_LINE_BYTES)) {
      const broken = reader.read(bytes === null ? null : textOf(bytes), isWhole);
      if (broken !== undefined) return broken;
    }
    return reader.end();
  } catch (cause) {
    throw stateFailed(file, 'it cannot be read', cause);
  } finally {
    await handle?.close();
  }
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
