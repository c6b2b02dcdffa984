import loadSpeex, { type SpeexResamplerModule } from '@echogarden/speex-resampler-wasm/simd';
import wasm from '@echogarden/speex-resampler-wasm/wasm/speex-resampler-simd.wasm?embed';

/**
 * Speex quality 5 of 10: from 48 to 16 kHz it keeps 0 to 7 kHz within 0.2 dB and rejects what would fold back by more than 110 dB.
 * Quality 7 keeps 0.4 kHz more, and takes 1.7 times the time and delay.
 */
const QUALITY = 5;
/** Samples per channel handed to WebAssembly at once; bounds its memory. */
const BLOCK = 8192;
const FLOAT_BYTES = 4;

let loading: Promise<SpeexResamplerModule> | undefined;
let speex: SpeexResamplerModule | undefined;

/** Loads the resampler's WebAssembly, once per process; resolves when {@link Resampler} can be constructed. */
export function loadResampler(): Promise<void> {
  // The loader insists on a location even when it is given the bytes.
  loading ??= loadSpeex({ wasmBinary: Buffer.from(wasm, 'base64'), locateFile: (name) => name }).then((module) => {
    speex = module;
    return module;
  });
  return loading.then(() => {});
}

/** The rates and channel count of a {@link Resampler}; rates in Hz. */
export interface ResamplerOptions {
  fromRate: number;
  toRate: number;
  channels: number;
}

/**
 * Converts planar float audio from one sample rate to another: band-limited, delay compensated, exact over any chunking.
 *
 * After `flush()`, n input samples have become exactly round(n * toRate / fromRate) output samples, whose first is the first input
 * sample's. The filter is Speex's windowed sinc (Valin, libspeexdsp). Call {@link loadResampler} first, and `free()` at the end.
 */
export class Resampler {
  readonly fromRate: number;
  readonly toRate: number;
  readonly channels: number;
  readonly #speex: SpeexResamplerModule;
  readonly #state: number;
  readonly #memory: number;
  readonly #input: number;
  readonly #output: number;
  readonly #outputBlock: number;
  readonly #counts: number;
  #received = 0;
  #emitted = 0;
  #freed = false;

  constructor({ fromRate, toRate, channels }: ResamplerOptions) {
    if (!speex) throw new Error('loadResampler() must resolve before a Resampler is constructed');
    this.fromRate = fromRate;
    this.toRate = toRate;
    this.channels = channels;
    this.#speex = speex;
    this.#outputBlock = Math.ceil((BLOCK * toRate) / fromRate) + 64;
    this.#memory = speex._malloc(8 + FLOAT_BYTES * (BLOCK + this.#outputBlock));
    this.#counts = this.#memory;
    this.#input = this.#memory + 8;
    this.#output = this.#input + FLOAT_BYTES * BLOCK;
    this.#state = speex._speex_resampler_init(channels, fromRate, toRate, QUALITY, this.#counts);
    if (this.#state === 0) {
      speex._free(this.#memory);
      throw new RangeError(`can't resample ${channels} channels from ${fromRate} Hz to ${toRate} Hz`);
    }
    speex._speex_resampler_skip_zeros(this.#state);
  }

  /** Converts more audio, one array per channel; returns what is ready, in arrays of its own. */
  process(input: readonly Float32Array[]): Float32Array[] {
    const length = input[0]?.length ?? 0;
    this.#received += length;
    const output = this.#convert(input, length);
    this.#emitted += output[0]?.length ?? 0;
    return output;
  }

  /** Returns the last samples, those the filter still held back. Process nothing after it. */
  flush(): Float32Array[] {
    const due = Math.round((this.#received * this.toRate) / this.fromRate) - this.#emitted;
    if (due <= 0) return Array.from({ length: this.channels }, () => new Float32Array(0));
    const latency = this.#speex._speex_resampler_get_input_latency(this.#state);
    const zeros = new Float32Array(latency + Math.ceil((due * this.fromRate) / this.toRate) + 1);
    const tail = this.#convert(
      Array.from({ length: this.channels }, () => zeros),
      zeros.length,
    );
    this.#emitted += due;
    return tail.map((samples) => samples.slice(0, due));
  }

  /** Gives the WebAssembly memory back; the resampler can't be used afterwards. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#speex._speex_resampler_destroy(this.#state);
    this.#speex._free(this.#memory);
  }

  #convert(input: readonly Float32Array[], length: number): Float32Array[] {
    if (this.#freed) throw new Error('the resampler was freed');
    const capacity = Math.ceil((length * this.toRate) / this.fromRate) + 64;
    const outputs: Float32Array[] = [];
    for (let channel = 0; channel < this.channels; channel += 1) {
      const output = new Float32Array(capacity);
      const produced = this.#convertChannel(channel, input[channel]!, output);
      outputs.push(output.subarray(0, produced));
    }
    return outputs;
  }

  #convertChannel(channel: number, input: Float32Array, output: Float32Array): number {
    const speex = this.#speex;
    let consumed = 0;
    let produced = 0;
    while (consumed < input.length) {
      const block = input.subarray(consumed, consumed + BLOCK);
      speex.HEAPF32.set(block, this.#input / FLOAT_BYTES);
      speex.HEAPU32[this.#counts / 4] = block.length;
      speex.HEAPU32[this.#counts / 4 + 1] = this.#outputBlock;
      speex._speex_resampler_process_float(this.#state, channel, this.#input, this.#counts, this.#output, this.#counts + 4);
      const used = speex.HEAPU32[this.#counts / 4]!;
      const made = speex.HEAPU32[this.#counts / 4 + 1]!;
      const from = this.#output / FLOAT_BYTES;
      output.set(speex.HEAPF32.subarray(from, from + made), produced);
      consumed += used;
      produced += made;
    }
    return produced;
  }
}
