const CONTOUR = [
  'amean',
  'stddevNorm',
  'percentile20.0',
  'percentile50.0',
  'percentile80.0',
  'pctlrange0-2',
  'meanRisingSlope',
  'stddevRisingSlope',
  'meanFallingSlope',
  'stddevFallingSlope',
];
const SPREAD = ['amean', 'stddevNorm'];

const named = (descriptors: readonly string[], functionals: readonly string[]) =>
  descriptors.flatMap((descriptor) => functionals.map((functional) => `${descriptor}_${functional}`));

/**
 * The names of the 88 functionals, in their order: those of eGeMAPS (Eyben et al. 2016, "The Geneva Minimalistic Acoustic Parameter Set"),
 * as its version 2 prints them. What each is, and its unit, is in docs/features.md.
 */
export const FUNCTIONAL_NAMES: readonly string[] = [
  ...named(['F0semitoneFrom27.5Hz_sma3nz', 'loudness_sma3'], CONTOUR),
  ...named(
    ['spectralFlux', 'mfcc1', 'mfcc2', 'mfcc3', 'mfcc4'],
    SPREAD.map((functional) => `sma3_${functional}`),
  ),
  ...named(
    [
      'jitterLocal',
      'shimmerLocaldB',
      'HNRdBACF',
      'logRelF0-H1-H2',
      'logRelF0-H1-A3',
      ...['F1', 'F2', 'F3'].flatMap((formant) => [`${formant}frequency`, `${formant}bandwidth`, `${formant}amplitudeLogRelF0`]),
      'alphaRatioV',
      'hammarbergIndexV',
      'slopeV0-500',
      'slopeV500-1500',
      'spectralFluxV',
      'mfcc1V',
      'mfcc2V',
      'mfcc3V',
      'mfcc4V',
    ],
    SPREAD.map((functional) => `sma3nz_${functional}`),
  ),
  ...named(['alphaRatioUV', 'hammarbergIndexUV', 'slopeUV0-500', 'slopeUV500-1500', 'spectralFluxUV'], ['sma3nz_amean']),
  'loudnessPeaksPerSec',
  'VoicedSegmentsPerSec',
  'MeanVoicedSegmentLengthSec',
  'StddevVoicedSegmentLengthSec',
  'MeanUnvoicedSegmentLength',
  'StddevUnvoicedSegmentLength',
  'equivalentSoundLevel_dBp',
];
