/** What the examples and the benchmarks use of @echogarden/fvad-wasm, which ships without types. */
declare module '@echogarden/fvad-wasm' {
  /** The module's memory and functions; a handle is an address in that memory. */
  export interface Fvad {
    /** Replaced when the memory grows, so it is read anew for every access. */
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** 0 when there is no memory left. */
    _fvad_new(): number;
    _fvad_free(handle: number): void;
    /** 0 (takes most for speech) to 3 (takes least); -1 when refused. */
    _fvad_set_mode(handle: number, mode: number): number;
    /** -1 when refused. */
    _fvad_set_sample_rate(handle: number, samplesPerSecond: number): number;
    /** 1 for speech, 0 for none, -1 for a frame that is not 10, 20 or 30 ms long. */
    _fvad_process(handle: number, samples: number, sampleCount: number): number;
  }
  export default function fvad(): Promise<Fvad>;
}
