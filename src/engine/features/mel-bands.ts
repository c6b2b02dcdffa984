import { SHORT_BIN_HZ, SHORT_BINS } from './short-spectrum.js';

/** Triangular bands, equally wide on the mel scale of O'Shaughnessy (1987), over the power of a ShortSpectrum. */
export class MelBands {
  /** Where each band is highest, in Hz. */
  readonly centreHz: Float64Array;
  /** Power in each band of the last spectrum. */
  readonly power: Float64Array;
  readonly #firstBin: Uint16Array;
  readonly #weights: readonly Float64Array[];

  /** @param count How many bands lie between `lowHz` and `highHz`. */
  constructor(count: number, lowHz: number, highHz: number) {
    const low = toMel(lowHz);
    const step = (toMel(highHz) - low) / (count + 1);
    const edges = Array.from({ length: count + 2 }, (_, i) => toHz(low + i * step));
    this.power = new Float64Array(count);
    this.centreHz = Float64Array.from({ length: count }, (_, band) => edges[band + 1]!);
    this.#firstBin = new Uint16Array(count);
    this.#weights = Array.from({ length: count }, (_, band) => {
      const [from, centre, to] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
      const first = Math.ceil(from / SHORT_BIN_HZ);
      const last = Math.min(SHORT_BINS - 1, Math.floor(to / SHORT_BIN_HZ));
      this.#firstBin[band] = first;
      return Float64Array.from({ length: Math.max(0, last - first + 1) }, (_unused, i) => {
        const hz = (first + i) * SHORT_BIN_HZ;
        return Math.max(0, hz <= centre ? (hz - from) / (centre - from) : (to - hz) / (to - centre));
      });
    });
  }

  /** Sums a power spectrum up by band. */
  measure(power: Float64Array): void {
    for (let band = 0; band < this.power.length; band += 1) {
      const weights = this.#weights[band]!;
      const first = this.#firstBin[band]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i += 1) sum += weights[i]! * power[first + i]!;
      this.power[band] = sum;
    }
  }
}

function toMel(hz: number): number {
  return 1127 * Math.log(1 + hz / 700);
}

function toHz(mel: number): number {
  return 700 * (Math.exp(mel / 1127) - 1);
}
