/** Hears one call, 30 ms of 16 kHz speech at a time, and says of each whether there is a voice in it. */
import fvad, { type Fvad } from '@echogarden/fvad-wasm';
import { defineAgent } from '@tenantry/core';
import { FRAME_BYTES, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../speech.js';

/** One copy of the WebAssembly module for all calls of a process. */
let loading: Promise<Fvad> | undefined;

export default defineAgent({
  name: 'listener',
  async run(session) {
    const module = await (loading ??= fvad());
    const detector = module._fvad_new();
    const samples = module._malloc(FRAME_BYTES);
    module._fvad_set_sample_rate(detector, SAMPLE_RATE_HZ);
    try {
      for await (const pcm of session.messages as AsyncIterable<Uint8Array>) {
        module.HEAPU8.set(pcm, samples);
        await session.send(module._fvad_process(detector, samples, FRAME_SAMPLES) === 1);
      }
    } finally {
      module._free(samples);
      module._fvad_free(detector);
    }
  },
});
