import { SAMPLE_FORMATS, type SampleFormat } from '../../audio/sample-format/index.js';
import { expectNumber, OptionError } from '../../errors/index.js';

/** What the audio of a call is. */
export interface MediaFormat {
  /** How samples are stored. */
  readonly encoding: SampleFormat;
  /** In Hz. */
  readonly sampleRate: number;
  /** Interleaved channels. */
  readonly channels: number;
}

/** Names of the encodings, without `audio/`, `x-` and signs. */
const ENCODINGS: Readonly<Record<string, 'mulaw' | 'alaw' | 'l16'>> = {
  mulaw: 'mulaw',
  ulaw: 'mulaw',
  pcmu: 'mulaw',
  g711ulaw: 'mulaw',
  basic: 'mulaw',
  alaw: 'alaw',
  pcma: 'alaw',
  g711alaw: 'alaw',
  l16: 'l16',
  linear16: 'l16',
  slin: 'l16',
  slinear: 'l16',
  pcm: 'l16',
  pcm16: 'l16',
  pcms16le: 'l16',
};

/**
 * Understands how dialects write a format: `audio/x-mulaw`, `PCMU`, `audio/l16;rate=16000`, `L16@24000h`, `slin16`.
 *
 * @returns undefined for an encoding that can't be decoded here, and for impossible numbers.
 */
export function mediaFormat(
  encoding: string,
  { sampleRate, channels, byteOrder }: { sampleRate?: unknown; channels?: unknown; byteOrder: 'le' | 'be' },
): MediaFormat | undefined {
  const [, name = '', parameters = ''] = /^(?:audio\/)?(?:x-)?([a-z0-9_. -]{1,24})(.*)$/is.exec(encoding.trim()) ?? [];
  const rateInText = /(?:rate=|@)\s*(\d{4,6})/i.exec(parameters)?.[1];
  const channelsInText = /channels=\s*(\d{1,2})/i.exec(parameters)?.[1];
  const key = name.toLowerCase().replaceAll(/[_. -]/g, '');
  // Asterisk names linear audio by its rate in thousands: slin, slin16, slin44.
  const thousands = /^slin(\d+)$/.exec(key)?.[1];
  const kind = thousands ? 'l16' : ENCODINGS[key];
  const rate = numberOf(sampleRate) ?? numberOf(rateInText) ?? (thousands ? kiloHertz(thousands) : 8000);
  const count = numberOf(channels) ?? numberOf(channelsInText) ?? 1;
  if (!kind || !isWhole(rate, 1000, 768_000) || !isWhole(count, 1, 64)) return undefined;
  return { encoding: kind === 'l16' ? `s16${byteOrder}` : kind, sampleRate: rate, channels: count };
}

function kiloHertz(thousands: string): number {
  return thousands === '44' ? 44_100 : Number(thousands) * 1000;
}

/** A number, also one that is written as a string. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\d{1,15}(\.\d{1,6})?$/.test(value)) return undefined;
  return Number(value);
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

/**
 * Checks a format that a user gave.
 *
 * @throws OptionError that names the field.
 */
export function checkMediaFormat(option: string, format: MediaFormat): void {
  if (typeof format !== 'object' || format === null) {
    throw new OptionError(option, 'must be { encoding, sampleRate, channels }', format);
  }
  if (!SAMPLE_FORMATS.includes(format.encoding)) {
    throw new OptionError(`${option}.encoding`, `must be one of ${SAMPLE_FORMATS.join(', ')}`, format.encoding);
  }
  expectNumber(`${option}.sampleRate`, format.sampleRate, { min: 1000, max: 768_000, whole: true, unit: 'Hz' });
  expectNumber(`${option}.channels`, format.channels, { min: 1, max: 64, whole: true });
}
