import loadSpeex, { type SpeexResamplerModule } from '@echogarden/speex-resampler-wasm/simd';
import wasm from '@echogarden/speex-resampler-wasm/wasm/speex-resampler-simd.wasm?embed';
import { ownPlanes, reusedPlanes } from '../sample-format/index.js';
import { SpeexFilter } from './speex-filter.js';

/**
 * Speex quality 5 of 10: from 48 to 16 kHz it keeps 0 to 7 kHz within 0.2 dB (-7 dB at 7.4 kHz) and rejects what would fold back by
 * more than 110 dB. Quality 7 keeps 0.4 kHz more, and takes 1.7 times the time and delay.
 */
const QUALITY = 5;
/** Enough for halving a rate of which less than three quarters are kept: more than 90 dB for what would fold back into those. */
const HALVING_QUALITY = 3;
/**
 * For rates up to 8 kHz that are raised: from 8 to 16 kHz it keeps the telephone band, 0 to 3.4 kHz, within 0.3 dB, and its images are below
 * -85 dB, under the noise of 8-bit companding (-38 dB, ITU-T G.711). Its 48 taps hold 3 ms back, the 80 of quality 5, which keeps 0.2 kHz
 * more, 5 ms.
 */
const TELEPHONE_QUALITY = 3;
const TELEPHONE_RATE = 8000;

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
  /** Whether the memory of its output is used again by the next call, of any resampler. Default: false. */
  reuses?: boolean;
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
  readonly #filters: SpeexFilter[];
  #received = 0;
  #emitted = 0;
  #freed = false;

  constructor({ fromRate, toRate, channels, reuses = false }: ResamplerOptions) {
    if (!speex) throw new Error('loadResampler() must resolve before a Resampler is constructed');
    this.fromRate = fromRate;
    this.toRate = toRate;
    this.channels = channels;
    const rates = isHalvedFirst(fromRate, toRate) ? [fromRate, fromRate / 2, toRate] : [fromRate, toRate];
    this.#filters = rates.slice(1).map((to, index) => {
      const isLast = index === rates.length - 2;
      const quality = isLast ? lastQuality(rates[index]!, to) : HALVING_QUALITY;
      const lends = reuses || !isLast;
      const allocate = lends ? (channels === 1 ? undefined : reusedPlanes()) : ownPlanes;
      return new SpeexFilter(speex!, { fromRate: rates[index]!, toRate: to, channels, quality, allocate });
    });
  }

  /** Converts more audio, one array per channel; returns what is ready. */
  process(input: readonly Float32Array[]): Float32Array[] {
    this.#received += input[0]?.length ?? 0;
    const output = this.#convert(input);
    this.#emitted += output[0]?.length ?? 0;
    return output;
  }

  /** Converts the average of any number of channels, for a resampler of one. */
  processMixed(input: readonly Float32Array[]): Float32Array[] {
    this.#received += input[0]?.length ?? 0;
    const [first, ...others] = this.#filters;
    const output = others.reduce((samples, filter) => filter.process(samples), first!.processMixed(input));
    this.#emitted += output[0]?.length ?? 0;
    return output;
  }

  /** Samples of the input that the filters hold back. */
  get latency(): number {
    // The second of two filters works at half the rate.
    return this.#filters.reduce((sum, filter, index) => sum + filter.latency * 2 ** index, 0);
  }

  /** How many samples of the input it needs for so many of its output; what is returned here may be called after `free()`. */
  get needs(): (outputs: number) => number {
    const filters = this.#filters.map((filter) => filter.needs);
    return (outputs) => filters.reduceRight((samples, one) => one(samples), outputs);
  }

  /** Returns the last samples, those the filters still held back. Process nothing after it. */
  flush(): Float32Array[] {
    const due = Math.round((this.#received * this.toRate) / this.fromRate) - this.#emitted;
    if (due <= 0) return Array.from({ length: this.channels }, () => new Float32Array(0));
    const zeros = new Float32Array(this.latency + Math.ceil((due * this.fromRate) / this.toRate) + 2);
    const tail = this.#convert(Array.from({ length: this.channels }, () => zeros));
    this.#emitted += due;
    return tail.map((samples) => samples.slice(0, due));
  }

  /** Gives the WebAssembly memory back; the resampler can't be used afterwards. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    for (const filter of this.#filters) filter.free();
  }

  #convert(input: readonly Float32Array[]): Float32Array[] {
    if (this.#freed) throw new Error('the resampler was freed');
    return this.#filters.reduce((samples, filter) => filter.process(samples), input as Float32Array[]);
  }
}

/**
 * Says how many samples of the input a {@link Resampler} needs for so many of its output, to the sample; undefined until
 * {@link loadResampler} has resolved. It makes a resampler to learn it, so keep what it returns.
 *
 * @param fromRate In Hz, as `toRate`.
 */
export function resamplerNeeds(fromRate: number, toRate: number): ((outputs: number) => number) | undefined {
  if (fromRate === toRate) return (outputs) => outputs;
  if (!speex) return undefined;
  const resampler = new Resampler({ fromRate, toRate, channels: 1 });
  const { needs } = resampler;
  resampler.free();
  return needs;
}

function lastQuality(fromRate: number, toRate: number): number {
  return fromRate <= TELEPHONE_RATE && toRate > fromRate ? TELEPHONE_QUALITY : QUALITY;
}

/**
 * Whether a rate is halved before it is converted, as 44.1 to 16 kHz: where the ratio is no whole number Speex interpolates its filter
 * for every sample, which is dear at the full rate. What is halved must keep all of the band to come.
 */
function isHalvedFirst(fromRate: number, toRate: number): boolean {
  return fromRate % toRate !== 0 && fromRate % 2 === 0 && fromRate / 2 >= toRate * 1.35;
}
