import { MelBands } from '../mel-bands.js';

const BANDS = 26;
const LOW_HZ = 20;
const HIGH_HZ = 8000;
/** Loudness grows with this power of intensity (Hermansky 1990). */
const COMPRESSION = 0.33;
/** Brings the sum over the bands to the size that the reference implementation of eGeMAPS gives; measured on speech. */
const LOUDNESS_SCALE = 2.08;
const COEFFICIENTS = 4;
/** Weight of the higher cepstral coefficients (Young et al. 2006, "The HTK Book"). */
const LIFTER = 22;
const POWER_FLOOR = 1e-12;

const bands = new MelBands(BANDS, LOW_HZ, HIGH_HZ);
const equalLoudness = bands.centreHz.map((hz) => {
  // The ear's sensitivity at 40 dB (Hermansky 1990, "Perceptual linear predictive analysis of speech").
  const squared = (2 * Math.PI * hz) ** 2;
  return ((squared + 56.8e6) * squared ** 2) / ((squared + 6.3e6) ** 2 * (squared + 0.38e9) * (1 + squared ** 3 / 9.58e26));
});
const cosines = Array.from({ length: COEFFICIENTS }, (_, k) =>
  Float64Array.from({ length: BANDS }, (_unused, band) => {
    const lifter = 1 + (LIFTER / 2) * Math.sin((Math.PI * (k + 1)) / LIFTER);
    return lifter * Math.sqrt(2 / BANDS) * Math.cos((Math.PI * (k + 1) * (band + 0.5)) / BANDS);
  }),
);

/** Loudness and the cepstrum of a frame, from 26 mel bands between 20 and 8000 Hz. One for all streams, whose frames come one by one. */
export const auditorySpectrum = {
  /** Sum over the bands of their power, weighted like the ear, to the power .33. */
  loudness: 0,
  /** Mel-frequency cepstral coefficients 1 to 4. */
  mfcc: new Float64Array(COEFFICIENTS),

  /** Measures the power spectrum of a ShortSpectrum. */
  measure(power: Float64Array): void {
    bands.measure(power);
    this.loudness = 0;
    this.mfcc.fill(0);
    for (let band = 0; band < BANDS; band += 1) {
      const inBand = bands.power[band]!;
      this.loudness += LOUDNESS_SCALE * (inBand * equalLoudness[band]!) ** COMPRESSION;
      const level = Math.log(Math.max(inBand, POWER_FLOOR));
      for (let k = 0; k < COEFFICIENTS; k += 1) this.mfcc[k]! += level * cosines[k]![band]!;
    }
  },
};
