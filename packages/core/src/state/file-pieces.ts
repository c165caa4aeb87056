/**
 * Reading a state file in pieces, and keeping what cannot stay: a second name for a whole file, a new
 * file for its end. What counts as damage is left to the file's owner.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { codeOf } from '../errors/errors.js';
import type { StateDisk, StateFile } from './state-disk.js';

const PIECE_BYTES = 65_536;
const NEWLINE = 0x0a;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A line of a file, or what is behind its last newline. */
export interface FileLine {
  /** Without its newline; null where it is longer than allowed. */
  readonly bytes: Uint8Array | null;
  /** False only for what is behind the last newline. */
  readonly isWhole: boolean;
  /** Where the file goes on behind it. */
  readonly endBytes: number;
}

/** Every line of a file, with one piece and one line of it in memory. */
export async function* linesOf(
  file: Pick<StateFile, 'read'>,
  longestLineBytes: number,
): AsyncGenerator<FileLine> {
  let kept: Uint8Array[] = [];
  let keptBytes = 0;
  let atBytes = 0;
  let endBytes = 0;
  const keep = (part: Uint8Array): void => {
    keptBytes += part.length;
    if (keptBytes > longestLineBytes) kept = [];
    else kept.push(part);
  };
  const taken = (isWhole: boolean): FileLine => {
    const bytes = keptBytes > longestLineBytes ? null : Buffer.concat(kept);
    endBytes += keptBytes + (isWhole ? 1 : 0);
    [kept, keptBytes] = [[], 0];
    return { bytes, isWhole, endBytes };
  };
  for (;;) {
    const piece = await file.read(atBytes, PIECE_BYTES);
    if (piece.length === 0) break;
    atBytes += piece.length;
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      keep(piece.subarray(from, end));
      from = end + 1;
      yield taken(true);
    }
    if (from < piece.length) keep(piece.subarray(from));
  }
  if (keptBytes > 0) yield taken(false);
}

/** The text of UTF-8, or null: a wrong byte is never replaced by another character. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** The last bytes of a file, at most `mostBytes`. */
export async function tailOf(
  file: StateFile,
  sizeBytes: number,
  mostBytes: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let atBytes = Math.max(0, sizeBytes - mostBytes); atBytes < sizeBytes;) {
    const piece = await file.read(atBytes, Math.min(PIECE_BYTES, sizeBytes - atBytes));
    if (piece.length === 0) break;
    pieces.push(piece);
    atBytes += piece.length;
  }
  return Buffer.concat(pieces);
}

export async function sha256Of(file: StateFile): Promise<string> {
  const hash = createHash('sha256');
  for (let atBytes = 0; ;) {
    const piece = await file.read(atBytes, PIECE_BYTES);
    if (piece.length === 0) return hash.digest('hex');
    hash.update(piece);
    atBytes += piece.length;
  }
}

/** Writes all bytes, in as many steps as the disk makes of them. */
export async function appendAll(file: StateFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) {
    const step = await file.append(bytes.subarray(written));
    if (step === 0) throw new Error('the system wrote nothing');
    written += step;
  }
}

/** A file that was written, with what it holds. */
export interface Written {
  readonly file: StateFile;
  readonly sizeBytes: number;
}

/**
 * A new file, whole and synced, or none: what was begun is removed. What stands there loses its name
 * and is not written to: it may have another one, under which it is kept. Each piece is asked for when
 * the one before is written, so that a large file holds the loop for no longer than one piece takes.
 */
export async function writeWhole(
  disk: StateDisk,
  file: string,
  pieces: Iterable<string | Uint8Array>,
): Promise<Written> {
  await disk.remove(file).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  const opened = await disk.open(file);
  try {
    let sizeBytes = 0;
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      await appendAll(opened, bytes);
      sizeBytes += bytes.byteLength;
    }
    await opened.sync();
    return { file: opened, sizeBytes };
  } catch (error) {
    await opened.close().catch(() => {});
    await disk.remove(file).catch(() => {});
    throw error;
  }
}

/** Gives `file` a second name of this kind that no other file has, and returns it. */
export async function keepAs(
  disk: StateDisk,
  file: string,
  kept: string,
  kind: 'damaged' | 'torn',
  epochMs: number,
): Promise<string> {
  for (let stampMs = Math.floor(epochMs); ; stampMs += 1) {
    const name = `${kept}.${kind}-${stampMs}`;
    try {
      await disk.link(file, name);
      await disk.syncFolder(path.dirname(name));
      return name;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}
