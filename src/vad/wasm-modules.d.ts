declare module '@echogarden/fvad-wasm' {
  /** The exported functions of the module that the light VAD uses; pointers and sizes are in bytes unless named otherwise. */
  interface FvadModule {
    HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _fvad_new(): number;
    _fvad_free(detector: number): void;
    _fvad_reset(detector: number): void;
    _fvad_set_mode(detector: number, mode: number): number;
    _fvad_set_sample_rate(detector: number, sampleRate: number): number;
    _fvad_process(detector: number, samples: number, length: number): number;
  }
  export default function load(options?: { wasmBinary?: Uint8Array; locateFile?: (name: string) => string }): Promise<FvadModule>;
}
