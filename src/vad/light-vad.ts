import loadFvad, { type FvadModule } from '@echogarden/fvad-wasm';
import wasm from '@echogarden/fvad-wasm/fvad.wasm?embed';
import { VAD_SAMPLE_RATE, type Vad, type VadStream } from './vad.js';

const FRAME_LENGTH = 160;
/** 0 lets most through, 3 least. */
const MODE = 2;

let loading: Promise<FvadModule> | undefined;

/** Loads the VAD that needs nothing installed: WebRTC's, checked for level. */
export async function loadLightVad(): Promise<Vad> {
  loading ??= loadFvad({ wasmBinary: Buffer.from(wasm, 'base64'), locateFile: (name) => name });
  const fvad = await loading;
  return { name: 'light', frameLength: FRAME_LENGTH, open: () => new LightVadStream(fvad), close: () => {} };
}

class LightVadStream implements VadStream {
  readonly #fvad: FvadModule;
  readonly #detector: number;
  readonly #samples: number;

  constructor(fvad: FvadModule) {
    this.#fvad = fvad;
    this.#detector = fvad._fvad_new();
    this.#samples = fvad._malloc(2 * FRAME_LENGTH);
    fvad._fvad_set_sample_rate(this.#detector, VAD_SAMPLE_RATE);
    fvad._fvad_set_mode(this.#detector, MODE);
  }

  judge(frame: Int16Array): number {
    this.#fvad.HEAP16.set(frame, this.#samples / 2);
    const speech = this.#fvad._fvad_process(this.#detector, this.#samples, FRAME_LENGTH) === 1;
    return speech ? 0.9 : 0.1;
  }

  close(): void {
    this.#fvad._fvad_free(this.#detector);
    this.#fvad._free(this.#samples);
  }
}
