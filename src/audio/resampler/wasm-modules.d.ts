/** A WebAssembly file as base64 text, embedded by scripts/embed-wasm.mjs. */
declare module '*.wasm?embed' {
  const base64: string;
  export default base64;
}

declare module '@echogarden/speex-resampler-wasm/simd' {
  /** The exported functions of the module that the resampler uses; pointers and sizes are in bytes unless named otherwise. */
  interface SpeexResamplerModule {
    HEAPF32: Float32Array;
    HEAP32: Int32Array;
    HEAPU32: Uint32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _speex_resampler_init(channels: number, inRate: number, outRate: number, quality: number, error: number): number;
    _speex_resampler_destroy(state: number): void;
    _speex_resampler_skip_zeros(state: number): number;
    _speex_resampler_get_input_latency(state: number): number;
    _speex_resampler_process_float(
      state: number,
      channel: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number;
  }
  export default function load(options?: {
    wasmBinary?: Uint8Array;
    locateFile?: (name: string) => string;
  }): Promise<SpeexResamplerModule>;
}
