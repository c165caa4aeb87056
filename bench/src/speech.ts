/** Real speech, from the audio of the voice example, in frames of 30 ms or as a caller wants them. */
import { readFileSync, readdirSync } from 'node:fs';

export const SAMPLE_RATE_HZ = 16_000;
export const FRAME_MS = 30;
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
export const FRAME_BYTES = FRAME_SAMPLES * 2;

/** All files are 16 kHz, mono, 16 bit, with the samples after the shortest of headers. */
const HEADER_BYTES = 44;
const AUDIO = new URL('../../../examples/voice/audio/', import.meta.url);

/** All clips one after the other. */
export function speechFrames(frameBytes = FRAME_BYTES): Uint8Array[] {
  const files = readdirSync(AUDIO).filter((file) => file.endsWith('.wav'));
  return files.flatMap((file) => {
    const pcm = new Uint8Array(readFileSync(new URL(file, AUDIO)).subarray(HEADER_BYTES));
    return Array.from({ length: Math.floor(pcm.length / frameBytes) }, (_, index) =>
      pcm.slice(index * frameBytes, (index + 1) * frameBytes),
    );
  });
}
