/** A healthy neighbour: hears a call, 20 ms at a time, and says of each frame whether there is a voice in it. */
import fvad, { type Fvad } from '@echogarden/fvad-wasm';
import { defineAgent, type Session } from '@tenantry/core';
import { FRAME_BYTES, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../speech.js';

export interface Frame {
  readonly number: number;
  readonly pcm: Uint8Array;
}

export interface Heard {
  readonly number: number;
  readonly isVoiced: boolean;
}

/** One copy of the WebAssembly module for all calls of an isolate. */
let loading: Promise<Fvad> | undefined;

export default defineAgent({
  name: 'voice',
  async run(session: Session<unknown, unknown, Frame, Heard>) {
    const module = await (loading ??= fvad());
    const detector = module._fvad_new();
    const samples = module._malloc(FRAME_BYTES);
    module._fvad_set_sample_rate(detector, SAMPLE_RATE_HZ);
    try {
      for await (const { number, pcm } of session.messages) {
        module.HEAPU8.set(pcm, samples);
        const isVoiced = module._fvad_process(detector, samples, FRAME_SAMPLES) === 1;
        await session.send({ number, isVoiced });
      }
    } finally {
      module._free(samples);
      module._fvad_free(detector);
    }
  },
});
