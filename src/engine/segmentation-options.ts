import { expectOptions, OptionError } from '../errors/index.js';

/** How speech is cut into utterances and segments. */
export interface SegmentationOptions {
  /** Probability of speech from which a pause ends. Default: 0.5. */
  onThreshold: number;
  /** Probability of speech below which a pause begins. Default: 0.35. */
  offThreshold: number;
  /** Speech shorter than this is rejected as a burst. Default: 250. */
  minSpeechMs: number;
  /** Silence of this length closes an utterance. Default: 500. */
  endSilenceMs: number;
  /** Audio before the first speech that belongs to the utterance. Default: 96. */
  padBeforeMs: number;
  /** Audio after the last speech that belongs to the utterance. Default: 64. */
  padAfterMs: number;
  /** Length of a segment. Default: 2000. */
  segmentMs: number;
  /** Longer speech is split at the weakest gap of its last segment. Default: 30000. */
  maxUtteranceMs: number;
}

const DEFAULTS: SegmentationOptions = {
  onThreshold: 0.5,
  offThreshold: 0.35,
  minSpeechMs: 250,
  endSilenceMs: 500,
  padBeforeMs: 96,
  padAfterMs: 64,
  segmentMs: 2000,
  maxUtteranceMs: 30_000,
};

/** What the samples kept from before can serve: the longest look-back is `minSpeechMs`, pads and silences, or one segment. */
const LIMITS: { [Option in keyof SegmentationOptions]: readonly [number, number] } = {
  onThreshold: [0.01, 0.99],
  offThreshold: [0.01, 0.99],
  minSpeechMs: [50, 1000],
  endSilenceMs: [100, 1500],
  padBeforeMs: [0, 300],
  padAfterMs: [0, 300],
  segmentMs: [500, 2000],
  maxUtteranceMs: [5000, 600_000],
};

/**
 * Fills in the defaults.
 *
 * @throws OptionError for a value that is not a number or out of range, naming it.
 */
export function segmentationOptions(given: Partial<SegmentationOptions> = {}): SegmentationOptions {
  expectOptions((name) => `segmentation.${name}`, given, LIMITS);
  const options = { ...DEFAULTS, ...given };
  for (const name of Object.keys(LIMITS) as (keyof SegmentationOptions)[]) {
    const [least, most] = LIMITS[name];
    const value = options[name];
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw new OptionError(`segmentation.${name}`, `must be a number from ${least} to ${most}`, value);
    }
  }
  if (options.offThreshold > options.onThreshold) {
    throw new OptionError('segmentation.offThreshold', 'must not exceed onThreshold', options.offThreshold);
  }
  if (options.padAfterMs > options.endSilenceMs) {
    throw new OptionError('segmentation.padAfterMs', 'must not exceed endSilenceMs', options.padAfterMs);
  }
  return options;
}
