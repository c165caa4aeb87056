/** Reads WAV files into clips, and refuses in one sentence what the detector could not hear. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SAMPLE_RATE_HZ, toFrames } from './frames.js';
import { UsageError, received } from './usage-error.js';

export interface Clip {
  readonly file: string;
  readonly seconds: number;
  /** 30 ms each, shared by every call that plays the clip. */
  readonly frames: readonly Uint8Array[];
}

const PCM = 1;
const EXTENSIBLE = 0xfffe;
const BYTES_PER_SECOND = SAMPLE_RATE_HZ * 2;
/** Two hours, and far below what a Buffer can hold. */
const LARGEST_FILE_BYTES = 256 * 1_048_576;

/**
 * Every .wav file of a folder, in the order of their names: all of them or none.
 * @throws UsageError
 */
export async function readClips(folder: string): Promise<Clip[]> {
  const files = (await listed(folder)).filter((file) => /\.wav$/i.test(file)).sort();
  if (files.length === 0) {
    throw new UsageError(`--audio: the folder ${received(folder)} holds no .wav file.`);
  }
  const clips: Clip[] = [];
  for (const file of files) clips.push(await readClip(join(folder, file), file));
  return clips;
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'ENOTDIR'
          ? 'is no folder'
          : `cannot be read (${code})`;
    throw new UsageError(`--audio: ${received(folder)} ${why}.`);
  }
}

async function readClip(path: string, file: string): Promise<Clip> {
  let bytes: Buffer;
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE_BYTES) {
      throw new UsageError(
        `${received(file)} has ${size} bytes: a clip may have ${LARGEST_FILE_BYTES}.`,
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${received(file)} cannot be read (${code}).`);
  }
  const pcm = parseWav(bytes, file);
  return { file, seconds: pcm.byteLength / BYTES_PER_SECOND, frames: toFrames(pcm) };
}

/**
 * The samples of a WAV file.
 * @throws UsageError
 */
export function parseWav(bytes: Buffer, file: string): Uint8Array {
  const refused = (why: string): UsageError => new UsageError(`${received(file)} ${why}.`);
  if (
    bytes.length < 12 ||
    bytes.toString('latin1', 0, 4) !== 'RIFF' ||
    bytes.toString('latin1', 8, 12) !== 'WAVE'
  ) {
    const start = received(bytes.toString('latin1', 0, 4));
    throw refused(`is no WAV file: it starts with ${start} and not with a RIFF WAVE header`);
  }
  let hasFormat = false;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const id = bytes.toString('latin1', offset, offset + 4);
    const size = bytes.readUInt32LE(offset + 4);
    const body = bytes.subarray(offset + 8, offset + 8 + size);
    if (body.length < size) {
      throw refused(`is truncated: its "${id}" chunk says ${size} bytes, ${body.length} are there`);
    }
    if (id === 'fmt ') {
      refuseOtherFormats(body, refused);
      hasFormat = true;
    }
    if (id === 'data') {
      if (!hasFormat) throw refused('has no "fmt " chunk before its audio');
      if (size === 0 || size % 2 !== 0) {
        throw refused(`has ${size} bytes of audio: expected whole 16-bit samples`);
      }
      return body;
    }
    // Chunks start at even offsets.
    offset += 8 + size + (size % 2);
  }
  throw refused('is truncated: it ends before its "data" chunk');
}

function refuseOtherFormats(format: Buffer, refused: (why: string) => UsageError): void {
  if (format.length < 16) throw refused(`has a "fmt " chunk of ${format.length} bytes, not 16`);
  const tag = format.readUInt16LE(0);
  // The extensible header says PCM in the first two bytes of its sub-format.
  const encoding = tag === EXTENSIBLE && format.length >= 26 ? format.readUInt16LE(24) : tag;
  const channels = format.readUInt16LE(2);
  const rateHz = format.readUInt32LE(4);
  const bits = format.readUInt16LE(14);
  if (encoding !== PCM) throw refused(`has encoding ${encoding}: expected PCM (1)`);
  if (channels !== 1) throw refused(`has ${channels} channels: expected mono (1)`);
  if (rateHz !== SAMPLE_RATE_HZ) {
    throw refused(`has a sample rate of ${rateHz} Hz: expected ${SAMPLE_RATE_HZ}`);
  }
  if (bits !== 16) throw refused(`has ${bits} bits per sample: expected 16`);
}
