import { expectOptions, OptionError } from '../../errors/index.js';
import { SAMPLE_FORMATS, type SampleFormat } from '../sample-format/index.js';

/** What raw samples, which no header describes, are. */
export interface RawFormat {
  /** How samples are stored: `s16le`, `float32le`, `mulaw`, `alaw` and so on. */
  encoding: SampleFormat;
  /** In Hz, 1,000 to 768,000. */
  sampleRate: number;
  /** Interleaved channels, 1 to 64. Default: 1. */
  channels?: number | undefined;
}

/** {@link RawFormat}, validated and complete. */
export interface ResolvedRawFormat extends RawFormat {
  channels: number;
}

/**
 * Returns a checked copy of the `format` option.
 *
 * @param name Writes an option as the caller does, for instance `decode({ format: { encoding } })`.
 * @throws OptionError naming what is wrong.
 */
export function checkRawFormat(format: RawFormat, name: (option: string) => string): ResolvedRawFormat {
  if (typeof format !== 'object' || format === null) {
    throw new OptionError(name('format'), "must be an object like { encoding: 's16le', sampleRate: 8000, channels: 1 }", format);
  }
  const known = { encoding: true, sampleRate: true, channels: true };
  expectOptions<RawFormat>((option) => name(`format: { ${option} }`), format, known);
  const { encoding, sampleRate, channels = 1 } = format;
  if (!SAMPLE_FORMATS.includes(encoding)) {
    throw new OptionError(name('format: { encoding }'), `must be one of ${SAMPLE_FORMATS.join(', ')}`, encoding);
  }
  if (!Number.isInteger(sampleRate) || sampleRate < 1000 || sampleRate > 768_000) {
    throw new OptionError(name('format: { sampleRate }'), 'must be a whole number of Hz from 1000 to 768000', sampleRate);
  }
  if (!Number.isInteger(channels) || channels < 1 || channels > 64) {
    throw new OptionError(name('format: { channels }'), 'must be a whole number from 1 to 64', channels);
  }
  return { encoding, sampleRate, channels };
}
