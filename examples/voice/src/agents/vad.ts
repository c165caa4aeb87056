/**
 * The agent: hears one call and says when speech starts and ends. The same file serves a call on the
 * shared loop, in a thread and in a child process; who calls and how often is not its business.
 */
import fvad, { type Fvad } from '@echogarden/fvad-wasm';
import { defineAgent, type Session } from '@tenantry/core';
import { z } from 'zod';
import { FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../frames.js';
import { Segmenter, type SpeechEvent } from '../segments.js';

/** What a client sends: frames numbered from 0. */
export interface AudioFrame {
  readonly frame: number;
  readonly pcm: Uint8Array;
}

/** What it gets: an `ack` for every frame, and before it what the frame brought to light. */
export type VadReply = { readonly frame: number } & ({ readonly kind: 'ack' } | SpeechEvent);

export interface VadResult {
  readonly frames: number;
}

const Input = z.strictObject({
  /** 0 takes most for speech, 3 least. */
  mode: z.int().min(0).max(3).default(3),
});

/** One copy of the WebAssembly module for all calls of an isolate. */
let loading: Promise<Fvad> | undefined;
const loadFvad = (): Promise<Fvad> => (loading ??= fvad());

/** One call's detector: it adapts to the call's noise, so no two calls share one. */
class Detector {
  readonly #fvad: Fvad;
  readonly #handle: number;
  readonly #samples: number;

  constructor(module: Fvad, mode: number) {
    this.#fvad = module;
    this.#handle = module._fvad_new();
    this.#samples = module._malloc(FRAME_BYTES);
    if (this.#handle === 0 || this.#samples === 0) {
      this.free();
      throw new Error('the voice-activity detector is out of memory');
    }
    module._fvad_set_mode(this.#handle, mode);
    module._fvad_set_sample_rate(this.#handle, SAMPLE_RATE_HZ);
  }

  isVoiced(pcm: Uint8Array): boolean {
    if (pcm.byteLength !== FRAME_BYTES) {
      throw new RangeError(`a frame has ${FRAME_BYTES} bytes, received ${pcm.byteLength}`);
    }
    this.#fvad.HEAPU8.set(pcm, this.#samples);
    return this.#fvad._fvad_process(this.#handle, this.#samples, FRAME_SAMPLES) === 1;
  }

  /** WebAssembly memory is not garbage-collected. */
  free(): void {
    if (this.#samples !== 0) this.#fvad._free(this.#samples);
    if (this.#handle !== 0) this.#fvad._fvad_free(this.#handle);
  }
}

export default defineAgent({
  name: 'vad',
  input: Input,
  async run(
    session: Session<z.output<typeof Input>, unknown, AudioFrame, VadReply>,
  ): Promise<VadResult> {
    const detector = new Detector(await loadFvad(), session.input.mode);
    const segmenter = new Segmenter(FRAME_MS);
    let frames = 0;
    try {
      for await (const { frame, pcm } of session.messages) {
        const event = segmenter.push(detector.isVoiced(pcm));
        if (event !== undefined) await session.send({ frame, ...event });
        await session.send({ frame, kind: 'ack' });
        frames += 1;
      }
      const last = segmenter.end();
      if (last !== undefined) await session.send({ frame: frames - 1, ...last });
      return { frames };
    } finally {
      detector.free();
    }
  },
});
