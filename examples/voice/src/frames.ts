/** The one audio format of the example, and how a clip is cut into frames. */

export const SAMPLE_RATE_HZ = 16_000;
export const FRAME_MS = 30;
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
export const FRAME_BYTES = FRAME_SAMPLES * 2;

/** The frames of 16-bit PCM; the last one is filled up with silence, so that no audio is lost. */
export function toFrames(pcm: Uint8Array): Uint8Array[] {
  const padded = new Uint8Array(Math.ceil(pcm.byteLength / FRAME_BYTES) * FRAME_BYTES);
  padded.set(pcm);
  const frames: Uint8Array[] = [];
  for (let offset = 0; offset < padded.byteLength; offset += FRAME_BYTES) {
    frames.push(padded.subarray(offset, offset + FRAME_BYTES));
  }
  return frames;
}
