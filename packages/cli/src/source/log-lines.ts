/**
 * Lines of a log as they come: out of a file with those that were rotated away before it, out of stdin,
 * or out of a file that is still written, across its rotation. What they say is left to `log-record.ts`.
 */
import { createReadStream, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import process from 'node:process';
import { StringDecoder } from 'node:string_decoder';
import { codeOf } from '@tenantry/core/internal';

const CHUNK_BYTES = 65_536;
const POLL_MS = 200;
/** What is longer is no line of a log; its beginning is shown. */
const LONGEST_LINE_CHARS = 1_048_576;
const MOST_ROTATED = 100;

/** Waits so long; resolves early with true when there is to be no more. */
export type Pause = (delayMs: number) => Promise<boolean>;

/** Null whenever there is no more for the moment. */
export async function* linesOfStdin(): AsyncGenerator<string | null> {
  const splitter = new Splitter();
  // Node reads a pipe as it comes; its descriptor would be read as a file is, which a pipe that has
  // nothing yet refuses.
  for await (const chunk of process.stdin) {
    yield* splitter.push(chunk as Buffer);
    yield null;
  }
  yield* splitter.end();
}

/**
 * Of the file, behind those of its rotated ones that were written to after `sinceMs`.
 * @throws what the system says where the file cannot be read
 */
export async function* linesOfFile(file: string, sinceMs: number | null): AsyncGenerator<string> {
  yield* linesBefore(file, sinceMs);
  yield* linesOf(file);
}

/** Of the rotated files alone. */
export async function* linesBefore(file: string, sinceMs: number | null): AsyncGenerator<string> {
  for (const one of await rotated(file, sinceMs)) yield* linesOf(one);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const splitter = new Splitter();
  for await (const chunk of createReadStream(file)) yield* splitter.push(chunk as Buffer);
  yield* splitter.end();
}

/**
 * What is in a file and what is written to it from now on, whatever file has its name by then; null
 * whenever there is no more for the moment.
 * @throws what the system says where the file cannot be read
 */
export async function* followedLines(file: string, pause: Pause): AsyncGenerator<string | null> {
  let handle: FileHandle | undefined = await open(file);
  let splitter = new Splitter();
  let offsetBytes = 0;
  const buffer = Buffer.alloc(CHUNK_BYTES);
  try {
    for (;;) {
      const bytesRead = await readAt(handle, buffer, offsetBytes);
      if (bytesRead > 0) {
        offsetBytes += bytesRead;
        yield* splitter.push(buffer.subarray(0, bytesRead));
        continue;
      }
      const there = await statOf(file);
      const own = await handle?.stat();
      const isOther = there !== undefined && (own === undefined || !isSame(there, own));
      if (isOther || (own !== undefined && own.size < offsetBytes)) {
        // Between the two looks the old one may have got its last line.
        if ((await readAt(handle, buffer, offsetBytes)) > 0) continue;
        yield* splitter.end();
        splitter = new Splitter();
        offsetBytes = 0;
        if (isOther) {
          await handle?.close();
          handle = await open(file).catch(() => undefined);
        }
        if (handle !== undefined) continue;
      }
      yield null;
      if (await pause(POLL_MS)) return;
    }
  } finally {
    await handle?.close();
  }
}

async function readAt(
  handle: FileHandle | undefined,
  buffer: Buffer,
  offsetBytes: number,
): Promise<number> {
  if (handle === undefined) return 0;
  return (await handle.read(buffer, 0, CHUNK_BYTES, offsetBytes)).bytesRead;
}

async function rotated(file: string, sinceMs: number | null): Promise<string[]> {
  if (sinceMs === null) return [];
  const found: string[] = [];
  for (let slot = 1; slot <= MOST_ROTATED; slot += 1) {
    const one = `${file}.${slot}`;
    const stats = await statOf(one);
    if (stats === undefined || stats.mtimeMs < sinceMs) break;
    found.unshift(one);
  }
  return found;
}

async function statOf(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Bytes to lines; a character may lie across two chunks. */
class Splitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  push(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop()!;
    if (this.#rest.length > LONGEST_LINE_CHARS) lines.push(this.#rest.slice(0, CHUNK_BYTES));
    if (this.#rest.length > LONGEST_LINE_CHARS) this.#rest = '';
    return lines.filter((line) => line !== '');
  }

  /** The last line, where it has no end yet. */
  end(): string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}
