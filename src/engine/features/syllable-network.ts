import { SPEECH_BANDS } from './speech-bands.js';
import { SYLLABLE_WEIGHTS } from './syllable-weights.js';

/** Values that describe a frame of 10 ms: one for each band. */
export const NETWORK_INPUTS = SPEECH_BANDS;
/** Frames on either side of a frame on which its answer depends. */
export const NETWORK_REACH = 26;

const TAPS = 5;
/** Steps of 20 ms between the taps of each layer behind the first. */
const DILATIONS = [1, 2, 3];

/** A layer of a convolution over time. */
interface Layer {
  /** By tap, oldest first, then by value that a tap sees, then by unit. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
  /** Values that a tap sees. */
  readonly inputs: number;
  readonly dilation: number;
}

const { first, deeper, last, units } = readLayers(SYLLABLE_WEIGHTS);

/**
 * A small convolutional network over time that says how much of a syllable lies in each 20 ms of speech.
 *
 * Four layers of five taps each, of which the first steps by two frames and the others are spread by 1, 2 and 3 steps (dilated
 * convolutions: Yu, Koltun 2016), each followed by a rectifier, then a weighted sum and a softplus. `training/README.md` says how its
 * weights came about.
 */
export class SyllableNetwork {
  /** The last frames, and the last steps of each layer that another one looks at: rings. */
  readonly #frames = new Float32Array(TAPS * NETWORK_INPUTS);
  readonly #steps = DILATIONS.map((dilation) => new Float32Array(((TAPS - 1) * dilation + 1) * units));
  readonly #top = new Float32Array(units);
  #count = 0;

  /** Takes the next frame; gives the answer for the frame `NETWORK_REACH` before it, or NaN where there is none, as for every other one. */
  push(frame: Float32Array): number {
    this.#frames.set(frame, (this.#count % TAPS) * NETWORK_INPUTS);
    this.#count += 1;
    if (this.#count < TAPS || (this.#count - TAPS) % 2 !== 0) return Number.NaN;
    const step = (this.#count - TAPS) / 2;
    convolve(first, this.#frames, this.#count - 1, this.#steps[0]!, step);
    for (let i = 0; i < deeper.length; i += 1) {
      convolve(deeper[i]!, this.#steps[i]!, step, this.#steps[i + 1] ?? this.#top, step);
    }
    // Until then layers have looked at steps that never were.
    if (this.#count <= 2 * NETWORK_REACH) return Number.NaN;
    let sum = last.biases[0]!;
    for (let unit = 0; unit < units; unit += 1) sum += last.weights[unit]! * this.#top[unit]!;
    return Math.log1p(Math.exp(sum));
  }

  /** Becomes as another one is. */
  copy(other: SyllableNetwork): void {
    this.#frames.set(other.#frames);
    for (let i = 0; i < this.#steps.length; i += 1) this.#steps[i]!.set(other.#steps[i]!);
    this.#count = other.#count;
  }

  /** Forgets what it has seen. */
  reset(): void {
    this.#count = 0;
    for (const ring of this.#steps) ring.fill(0);
  }
}

/** Computes one step of a layer from a ring of what its taps see, whose newest entry, counted from the beginning, is `newest`. */
function convolve(
  { weights, biases, inputs, dilation }: Layer,
  from: Float32Array,
  newest: number,
  to: Float32Array,
  step: number,
): void {
  const slots = from.length / inputs;
  const at = (step * units) % to.length;
  // Four units at a time stay in registers, which is faster than adding to memory.
  for (let unit = 0; unit < units; unit += 4) {
    let a = biases[unit]!;
    let b = biases[unit + 1]!;
    let c = biases[unit + 2]!;
    let d = biases[unit + 3]!;
    let weight = unit;
    for (let tap = TAPS - 1; tap >= 0; tap -= 1) {
      const seen = ((newest - tap * dilation + slots) % slots) * inputs;
      for (let i = seen; i < seen + inputs; i += 1) {
        const value = from[i]!;
        a += value * weights[weight]!;
        b += value * weights[weight + 1]!;
        c += value * weights[weight + 2]!;
        d += value * weights[weight + 3]!;
        weight += units;
      }
    }
    to[at + unit] = Math.max(0, a);
    to[at + unit + 1] = Math.max(0, b);
    to[at + unit + 2] = Math.max(0, c);
    to[at + unit + 3] = Math.max(0, d);
  }
}

/** Weights are 8-bit: each layer's are multiples of a step of its own. */
function readLayers({ units: count, steps, biases, weights }: typeof SYLLABLE_WEIGHTS) {
  const all = new Int8Array(Buffer.from(weights, 'base64'));
  let read = 0;
  const layer = (
    index: number,
    { inputs, dilation = 1, length }: { inputs: number; dilation?: number; length: number },
  ): Layer => {
    const values = Float32Array.from(all.subarray(read, read + length), (value) => value * steps[index]!);
    read += length;
    return { weights: values, biases: Float32Array.from(biases[index]!), inputs, dilation };
  };
  return {
    units: count,
    first: layer(0, { inputs: NETWORK_INPUTS, length: TAPS * NETWORK_INPUTS * count }),
    deeper: DILATIONS.map((dilation, i) => layer(i + 1, { inputs: count, dilation, length: TAPS * count * count })),
    last: layer(DILATIONS.length + 1, { inputs: count, length: count }),
  };
}
