// Tables of ITU-T Recommendation G.722 (09/2012), clause 6.2, named as there.
const QM6 = [
  -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728, 24_808, 21_904,
  19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168,
  2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const QM4 = [0, -20_456, -12_896, -8968, -6288, -4240, -2584, -1200, 20_456, 12_896, 8968, 6288, 4240, 2584, 1200, 0];
const QM2 = [-7408, -1616, 7408, 1616];
/** WL by the four upper bits of the lower band's code: RL4 and WL in one. */
const WL = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
const WH = [798, -214, 798, -214];
const ILB = Array.from({ length: 32 }, (_, i) => Math.floor(2048 * 2 ** (i / 32) + 0.5));
/** Half of the 24 coefficients of the quadrature mirror filter; the other half mirrors it. */
const QMF = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

const LOWER_MAX_SCALE = 18_432;
const HIGHER_MAX_SCALE = 22_528;

/**
 * Decodes G.722 at 64 kbit/s, mode 1: each byte gives two samples at 16 kHz (ITU-T G.722, 09/2012, clause 6.2).
 *
 * Fixed-point as in the Recommendation: the same bits come out as of any other decoder that follows it.
 */
export class G722Decoder {
  readonly #lower = new SubBand(32);
  readonly #higher = new SubBand(8);
  /** The filter's delay line, twice over, so that 24 samples always lie in a row. */
  readonly #line = new Int32Array(48);
  #at = 0;

  /** Decodes whole bytes to samples in [-1, 1). */
  decode(bytes: Uint8Array): Float32Array {
    const output = new Float32Array(bytes.length * 2);
    const line = this.#line;
    for (let i = 0; i < bytes.length; i += 1) {
      const byte = bytes[i]!;
      const low = this.#lower.decode(QM6[byte & 0x3f]!, QM4[(byte & 0x3f) >> 2]!, WL[(byte & 0x3f) >> 2]!, LOWER_MAX_SCALE, 8);
      const high = this.#higher.decode(QM2[byte >> 6]!, QM2[byte >> 6]!, WH[byte >> 6]!, HIGHER_MAX_SCALE, 10);
      const at = this.#at;
      line[at] = low + high;
      line[at + 24] = low + high;
      line[at + 1] = low - high;
      line[at + 25] = low - high;
      const start = (at + 2) % 24;
      this.#at = start;
      let even = 0;
      let odd = 0;
      for (let tap = 0; tap < 12; tap += 1) {
        even += line[start + tap * 2]! * QMF[tap]!;
        odd += line[start + tap * 2 + 1]! * QMF[11 - tap]!;
      }
      output[i * 2] = saturate(odd >> 11) / 32_768;
      output[i * 2 + 1] = saturate(even >> 11) / 32_768;
    }
    return output;
  }
}

/** One sub-band's adaptive predictor and quantiser scale; fields are named as in the Recommendation. */
class SubBand {
  #det: number;
  #nb = 0;
  #s = 0;
  #sz = 0;
  #r1 = 0;
  #p1 = 0;
  #p2 = 0;
  #a1 = 0;
  #a2 = 0;
  readonly #b = new Int32Array(6);
  readonly #d = new Int32Array(6);

  constructor(det: number) {
    this.#det = det;
  }

  /**
   * @param fine What the whole code stands for, to be output.
   * @param coarse What its upper bits stand for, to adapt to.
   * @param weight By how much the code moves the scale.
   */
  decode(fine: number, coarse: number, weight: number, maxScale: number, shift: number): number {
    const output = clamp(this.#s + ((this.#det * fine) >> 15), -16_384, 16_383);
    const difference = (this.#det * coarse) >> 15;
    this.#nb = clamp(((this.#nb * 127) >> 7) + weight, 0, maxScale);
    const mantissa = ILB[(this.#nb >> 6) & 31]!;
    const exponent = shift - (this.#nb >> 11);
    this.#det = (exponent < 0 ? mantissa << -exponent : mantissa >> exponent) << 2;
    this.#adapt(difference);
    return output;
  }

  #adapt(difference: number): void {
    const reconstructed = saturate(this.#s + difference);
    const partial = saturate(this.#sz + difference);
    const sameAsFirst = (partial ^ this.#p1) >= 0;
    const sameAsSecond = (partial ^ this.#p2) >= 0;

    // UPPOL2 and UPPOL1: the two poles.
    const scaled = saturate(this.#a1 * 4);
    const toward = sameAsFirst ? Math.min(32_767, -scaled) : scaled;
    const a2 = clamp((sameAsSecond ? 128 : -128) + (toward >> 7) + ((this.#a2 * 32_512) >> 15), -12_288, 12_288);
    const limit = saturate(15_360 - a2);
    const a1 = clamp(saturate((sameAsFirst ? 192 : -192) + ((this.#a1 * 32_640) >> 15)), -limit, limit);

    // UPZERO and FILTEZ: the six zeros.
    const b = this.#b;
    const d = this.#d;
    const step = difference === 0 ? 0 : 128;
    let zeros = 0;
    let newer = difference;
    for (let i = 0; i < 6; i += 1) {
      const coefficient = saturate(((b[i]! * 32_640) >> 15) + ((d[i]! ^ difference) >= 0 ? step : -step));
      b[i] = coefficient;
      const older = d[i]!;
      d[i] = newer;
      zeros += (coefficient * saturate(newer * 2)) >> 15;
      newer = older;
    }
    this.#sz = saturate(zeros);

    // FILTEP and PREDIC.
    const poles = saturate(((a1 * saturate(reconstructed * 2)) >> 15) + ((a2 * saturate(this.#r1 * 2)) >> 15));
    this.#s = saturate(poles + this.#sz);
    this.#a1 = a1;
    this.#a2 = a2;
    this.#r1 = reconstructed;
    this.#p2 = this.#p1;
    this.#p1 = partial;
  }
}

function saturate(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}

function clamp(value: number, min: number, max: number): number {
  return value < min ? min : value > max ? max : value;
}
