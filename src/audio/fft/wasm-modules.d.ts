declare module '@echogarden/pffft-wasm/simd' {
  /** The exported functions of the module that {@link RealFft} uses; pointers and sizes are in bytes unless named otherwise. */
  interface PffftModule {
    HEAPF32: Float32Array;
    _pffft_new_setup(length: number, transform: number): number;
    _pffft_destroy_setup(setup: number): void;
    _pffft_aligned_malloc(bytes: number): number;
    _pffft_aligned_free(pointer: number): void;
    _pffft_transform_ordered(setup: number, input: number, output: number, work: number, direction: number): void;
  }
  export default function load(options?: {
    wasmBinary?: Uint8Array;
    locateFile?: (name: string) => string;
  }): Promise<PffftModule>;
}
