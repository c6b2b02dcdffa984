import { DecodeError, UnsupportedFormatError } from '../../errors/index.js';
import { type SampleFormat, sampleBytes } from '../sample-format/index.js';
import { EXTENSIBLE_TAG, FFMPEG_TAGS, IN_PROCESS_TAGS } from './wav-tag.js';

/** What a WAV file's fmt chunk says, checked. */
export interface WavFormat {
  sampleFormat: SampleFormat;
  channels: number;
  /** In Hz. */
  sampleRate: number;
  /** Bytes of one sample of every channel. */
  blockBytes: number;
  /** Contradictions within the chunk that don't prevent decoding. */
  contradictions: { code: 'SUSPECT_SAMPLE_RATE' | 'HEADER_MISMATCH'; message: string }[];
}

/** The smallest fmt chunk. */
export const MIN_FORMAT_BYTES = 16;
/** The largest that says anything to this reader: EXTENSIBLE. */
export const MAX_FORMAT_BYTES = 40;

const MAX_CHANNELS = 64;
const MAX_SAMPLE_RATE = 768_000;
/** The last bytes of the GUIDs of EXTENSIBLE sub-formats that stand for a format tag (KSDATAFORMAT_SUBTYPE_*). */
const WAVE_FORMAT_GUID_END = '800000aa00389b71';

/**
 * Reads a fmt chunk.
 *
 * @param chunk Its body, cut to {@link MAX_FORMAT_BYTES}.
 * @param offset Where the body lies in the file, for errors.
 * @throws DecodeError `CORRUPT_INPUT` or `UNSUPPORTED_FORMAT`, naming the byte at fault.
 */
export function parseWavFormat(chunk: Uint8Array, offset: number, order: 'le' | 'be', label: string): WavFormat {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const littleEndian = order === 'le';
  const channels = view.getUint16(2, littleEndian);
  const sampleRate = view.getUint32(4, littleEndian);
  const byteRate = view.getUint32(8, littleEndian);
  const blockAlign = view.getUint16(12, littleEndian);
  const bits = view.getUint16(14, littleEndian);
  const corrupt = (what: string, at: number) =>
    new DecodeError('CORRUPT_INPUT', `${label}: the WAV header says ${what} (byte ${offset + at})`, {
      byteOffset: offset + at,
      timeMs: 0,
    });

  if (channels === 0) throw corrupt('0 channels', 2);
  if (channels > MAX_CHANNELS) throw corrupt(`${channels} channels; at most ${MAX_CHANNELS} are read`, 2);
  if (sampleRate === 0) throw corrupt('a sample rate of 0 Hz', 4);
  if (sampleRate > MAX_SAMPLE_RATE) throw corrupt(`a sample rate of ${sampleRate} Hz; at most ${MAX_SAMPLE_RATE} Hz are read`, 4);

  const { codec, at } = codecOf(chunk, view, offset, littleEndian, label);
  const containerBits = blockAlign % channels === 0 ? (blockAlign / channels) * 8 : 0;
  // A sample may be stored in more bytes than it needs, then in the upper bits of them; the byte rate says whether it is meant.
  const isPadded =
    codec === 'pcm' && [16, 24, 32].includes(containerBits) && containerBits > bits && byteRate === sampleRate * blockAlign;
  const sampleFormat = sampleFormatOf(codec, isPadded && bits % 8 === 0 ? containerBits : bits, order);
  if (!sampleFormat) {
    throw new UnsupportedFormatError(
      `${label}: the WAV header says ${bits} bits per ${codec} sample (byte ${offset + at}); PCM of 8, 16, 24 and 32, float of 32 and 64 and G.711 of 8 bits are read`,
      { byteOffset: offset + at, timeMs: 0 },
    );
  }
  const blockBytes = sampleBytes(sampleFormat) * channels;
  return { sampleFormat, channels, sampleRate, blockBytes, contradictions: contradictions() };

  function contradictions(): WavFormat['contradictions'] {
    const found: WavFormat['contradictions'] = [];
    if (blockAlign !== blockBytes) {
      found.push({
        code: 'HEADER_MISMATCH',
        message: `${label}: the WAV header says ${blockAlign} bytes per block, but ${channels} channels of ${bits} bits take ${blockBytes}; ${blockBytes} are used`,
      });
    } else if (byteRate !== sampleRate * blockBytes && byteRate !== 0) {
      found.push({
        code: 'SUSPECT_SAMPLE_RATE',
        message: `${label}: the WAV header contradicts itself: it says ${sampleRate} Hz, but its ${byteRate} bytes per second mean ${Math.round(byteRate / blockBytes)} Hz. ${sampleRate} Hz is used; if the audio plays too fast or too slowly, repair the header.`,
      });
    }
    return found;
  }
}

type Codec = (typeof IN_PROCESS_TAGS)[number];

function codecOf(
  chunk: Uint8Array,
  view: DataView,
  offset: number,
  littleEndian: boolean,
  label: string,
): { codec: Codec; at: number } {
  let tag = view.getUint16(0, littleEndian);
  let tagAt = 0;
  if (tag === EXTENSIBLE_TAG) {
    if (chunk.length < MAX_FORMAT_BYTES) {
      throw new DecodeError(
        'CORRUPT_INPUT',
        `${label}: the WAV header is EXTENSIBLE, but its fmt chunk (byte ${offset}) has ${chunk.length} bytes instead of 40`,
        { byteOffset: offset, timeMs: 0 },
      );
    }
    tagAt = 24;
    const isWaveFormat = Buffer.from(chunk.subarray(32, 40)).toString('hex') === WAVE_FORMAT_GUID_END;
    tag = isWaveFormat ? view.getUint32(tagAt, littleEndian) : -1;
  }
  const codec = IN_PROCESS_TAGS[tag];
  if (codec) return { codec, at: 14 };
  const name = FFMPEG_TAGS[tag];
  throw new UnsupportedFormatError(
    name
      ? `${label}: this WAV file holds ${name} audio (format tag 0x${tag.toString(16)} at byte ${offset + tagAt}), which only ffmpeg decodes`
      : `${label}: this WAV file's ${tag < 0 ? 'sub-format' : `format tag 0x${tag.toString(16).padStart(4, '0')}`} (byte ${offset + tagAt}) belongs to no codec known here`,
    { byteOffset: offset + tagAt, timeMs: 0 },
  );
}

function sampleFormatOf(codec: Codec, bits: number, order: 'le' | 'be'): SampleFormat | undefined {
  if (codec === 'alaw' || codec === 'mulaw') return bits === 8 ? codec : undefined;
  if (codec === 'float') return bits === 32 || bits === 64 ? `float${bits}${order}` : undefined;
  if (bits === 8) return 'u8';
  return bits === 16 || bits === 24 || bits === 32 ? `s${bits}${order}` : undefined;
}
