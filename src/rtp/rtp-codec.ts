import { expectNumber, OptionError } from '../errors/index.js';

/** What an RTP payload is: audio, comfort noise (`CN`), or DTMF (`telephone-event`). */
export type RtpEncoding = 'PCMU' | 'PCMA' | 'G722' | 'L16' | 'opus' | 'CN' | 'telephone-event';

/** The encodings that can be received, by their names in SDP; audio first. */
export const RTP_ENCODINGS: readonly RtpEncoding[] = ['PCMU', 'PCMA', 'G722', 'L16', 'opus', 'CN', 'telephone-event'];

/** One payload type of a stream, as SDP's `rtpmap` says it. */
export interface RtpCodec {
  /** The number that packets carry, 0 to 127. */
  readonly payloadType: number;
  /** What payloads are. */
  readonly name: RtpEncoding;
  /** Ticks per second of timestamps: 8000 for G.722 too, though its audio is 16 kHz (RFC 3551); always 48000 for Opus. */
  readonly clockRate: number;
  /** Channels of the audio. Opus: 2 decodes stereo, where SDP says 2 for mono too. */
  readonly channels: number;
  /** Sample rate that Opus is decoded to, in Hz: 8000, 12000, 16000, 24000 or 48000. Default: 48000. */
  readonly sampleRate?: number;
}

/** A codec as options take it: the name of one with a payload type of its own (RFC 3551), or all its fields. */
export type RtpCodecOption =
  | 'PCMU'
  | 'PCMA'
  | 'G722'
  | 'CN'
  | {
      /** The number that packets carry, 0 to 127; the peer's SDP or configuration says it. */
      payloadType: number;
      /** As in SDP; upper and lower case are the same. */
      name: RtpEncoding;
      /** Ticks per second of timestamps. Default: 48000 for Opus, else 8000. */
      clockRate?: number;
      /** Default: 1. */
      channels?: number;
      /** Sample rate that Opus is decoded to, in Hz: 8000, 12000, 16000, 24000 or 48000. Default: 48000. */
      sampleRate?: number;
    };

const STATIC: Readonly<Record<string, RtpCodec>> = {
  PCMU: { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1 },
  PCMA: { payloadType: 8, name: 'PCMA', clockRate: 8000, channels: 1 },
  G722: { payloadType: 9, name: 'G722', clockRate: 8000, channels: 1 },
  CN: { payloadType: 13, name: 'CN', clockRate: 8000, channels: 1 },
};

/** Codecs with a payload type that always means them (RFC 3551, table 4). */
export const STATIC_CODECS: readonly RtpCodec[] = Object.values(STATIC);

const OPUS_RATES = [8000, 12_000, 16_000, 24_000, 48_000];
const MAX_CHANNELS = 8;

/** Finds the encoding of a name in any case; undefined for one that can't be received. */
export function rtpEncoding(name: string): RtpEncoding | undefined {
  const wanted = name.toLowerCase();
  return RTP_ENCODINGS.find((encoding) => encoding.toLowerCase() === wanted);
}

/**
 * Checks codec options and completes them.
 *
 * @param option The option's name in messages, for instance `bindRtp({ codecs })`.
 * @throws OptionError for an unknown name, a number out of range, a payload type given twice, or a list without audio.
 */
export function rtpCodecs(option: string, options: readonly RtpCodecOption[]): RtpCodec[] {
  if (!Array.isArray(options)) throw new OptionError(option, 'must be an array of codecs', options);
  const codecs = options.map((one, index) => rtpCodec(within(option, `[${index}]`), one));
  if (!codecs.some(isAudio)) {
    throw new OptionError(option, `must name a codec with audio: ${RTP_ENCODINGS.slice(0, 5).join(', ')}`);
  }
  const twice = codecs.find((codec, index) => codecs.findIndex((other) => other.payloadType === codec.payloadType) < index);
  if (twice) throw new OptionError(option, 'must use each payload type once', twice.payloadType);
  return codecs;
}

/** Whether packets of this codec carry sound. */
export function isAudio(codec: RtpCodec): boolean {
  return codec.name !== 'CN' && codec.name !== 'telephone-event';
}

function rtpCodec(option: string, value: RtpCodecOption): RtpCodec {
  if (typeof value === 'string') {
    const codec = STATIC[value.toUpperCase()];
    if (codec) return codec;
    throw new OptionError(option, `must be ${Object.keys(STATIC).join(', ')}, or an object with payloadType and name`, value);
  }
  if (typeof value !== 'object' || value === null) throw new OptionError(option, 'must be a name or an object', value);
  const name = typeof value.name === 'string' ? rtpEncoding(value.name) : undefined;
  if (!name) throw new OptionError(within(option, '.name'), `must be one of ${RTP_ENCODINGS.join(', ')}`, value.name);
  const { payloadType, clockRate = name === 'opus' ? 48_000 : 8000, channels = 1, sampleRate } = value;
  expectNumber(within(option, '.payloadType'), payloadType, { min: 0, max: 127, whole: true });
  expectNumber(within(option, '.clockRate'), clockRate, { min: 8000, max: 192_000, whole: true, unit: 'Hz' });
  expectNumber(within(option, '.channels'), channels, { min: 1, max: MAX_CHANNELS, whole: true });
  if (name === 'opus' && clockRate !== 48_000) {
    throw new OptionError(within(option, '.clockRate'), 'must be 48000 for Opus (RFC 7587)', clockRate);
  }
  if (name === 'G722' && clockRate !== 8000) {
    throw new OptionError(within(option, '.clockRate'), 'must be 8000 for G722 (RFC 3551)', clockRate);
  }
  if (name !== 'L16' && channels > (name === 'opus' ? 2 : 1)) {
    throw new OptionError(within(option, '.channels'), `must be ${name === 'opus' ? '1 or 2' : '1'} for ${name}`, channels);
  }
  if (sampleRate !== undefined && (name !== 'opus' || !OPUS_RATES.includes(sampleRate))) {
    throw new OptionError(within(option, '.sampleRate'), `is for Opus and must be one of ${OPUS_RATES.join(', ')}`, sampleRate);
  }
  return { payloadType, name, clockRate, channels, ...(sampleRate !== undefined && { sampleRate }) };
}

/** The name of a part of an option, as the caller writes it. */
function within(option: string, part: string): string {
  return option.endsWith(' })') ? `${option.slice(0, -3)}${part} })` : `${option}${part}`;
}
