import loadModule, { type FvadModule } from '@echogarden/fvad-wasm';
import wasm from '@echogarden/fvad-wasm/fvad.wasm?embed';
import { VAD_SAMPLE_RATE } from '../vad.js';

let loading: Promise<FvadModule> | undefined;
let module: FvadModule | undefined;

/** Loads the detector's WebAssembly, once per process; resolves when {@link Fvad} can be constructed. */
export function loadFvad(): Promise<void> {
  loading ??= loadModule({ wasmBinary: Buffer.from(wasm, 'base64'), locateFile: (name) => name }).then((loaded) => {
    module = loaded;
    return loaded;
  });
  return loading.then(() => {});
}

/** WebRTC's voice activity detector (libfvad): Gaussian mixtures over the energies of six bands. */
export class Fvad {
  readonly #module: FvadModule;
  readonly #detector: number;
  readonly #samples: number;
  readonly #frameLength: number;
  readonly #mode: number;

  /**
   * @param frameLength In samples at 16 kHz: 160, 320 or 480.
   * @param mode 0 lets most through as speech, 3 least.
   */
  constructor(frameLength: number, mode: number) {
    if (!module) throw new Error('loadFvad() must resolve before an Fvad is constructed');
    this.#module = module;
    this.#frameLength = frameLength;
    this.#detector = module._fvad_new();
    this.#samples = module._malloc(2 * frameLength);
    this.#mode = mode;
    this.reset();
  }

  /** Forgets all that was heard. */
  reset(): void {
    this.#module._fvad_reset(this.#detector);
    // A reset brings back the defaults.
    this.#module._fvad_set_sample_rate(this.#detector, VAD_SAMPLE_RATE);
    this.#module._fvad_set_mode(this.#detector, this.#mode);
  }

  /** Whether the next frame is speech. */
  isSpeech(frame: Int16Array): boolean {
    this.#module.HEAP16.set(frame, this.#samples / 2);
    return this.#module._fvad_process(this.#detector, this.#samples, this.#frameLength) === 1;
  }

  /** Frees the detector's memory. */
  close(): void {
    this.#module._fvad_free(this.#detector);
    this.#module._free(this.#samples);
  }
}
