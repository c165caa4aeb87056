/** Real speech, from the recordings of the voice example, in frames of 20 ms. */
import { readFileSync, readdirSync } from 'node:fs';

export const FRAME_MS = 20;
export const SAMPLE_RATE_HZ = 16_000;
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
export const FRAME_BYTES = FRAME_SAMPLES * 2;

/** The recordings are 16 kHz, mono, 16 bit, with the samples after the shortest of headers. */
const HEADER_BYTES = 44;
const AUDIO = new URL('../../../voice/audio/', import.meta.url);

export function speechFrames(): Uint8Array[] {
  const files = readdirSync(AUDIO).filter((file) => file.endsWith('.wav'));
  return files.flatMap((file) => {
    const pcm = new Uint8Array(readFileSync(new URL(file, AUDIO)).subarray(HEADER_BYTES));
    return Array.from({ length: Math.floor(pcm.length / FRAME_BYTES) }, (_, index) =>
      pcm.slice(index * FRAME_BYTES, (index + 1) * FRAME_BYTES),
    );
  });
}
