/** Says of 20 ms of speech at a time whether there is a voice in it: the work of a healthy call. */
import fvad from '@echogarden/fvad-wasm';
import { FRAME_BYTES, FRAME_SAMPLES, SAMPLE_RATE_HZ } from './plan.js';

/** One copy of the WebAssembly module for all calls of an isolate. */
const module = await fvad();

export class Detector {
  readonly #handle = module._fvad_new();
  readonly #samples = module._malloc(FRAME_BYTES);

  constructor() {
    module._fvad_set_sample_rate(this.#handle, SAMPLE_RATE_HZ);
  }

  isVoiced(pcm: Uint8Array): boolean {
    module.HEAPU8.set(pcm, this.#samples);
    return module._fvad_process(this.#handle, this.#samples, FRAME_SAMPLES) === 1;
  }

  free(): void {
    module._free(this.#samples);
    module._fvad_free(this.#handle);
  }
}
