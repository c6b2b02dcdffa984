/** What the header of an MPEG audio frame says (ISO/IEC 11172-3 and 13818-3; 2.5 is Fraunhofer's extension). */
export interface MpegFrame {
  version: 1 | 2 | 2.5;
  layer: 1 | 2 | 3;
  /** In Hz. */
  sampleRate: number;
  channels: 1 | 2;
  /** In bit/s. */
  bitrate: number;
  /** Samples per channel that the frame decodes to. */
  samples: number;
  /** Bytes of the whole frame, header included. */
  size: number;
  /** Bytes from the frame's start to the main data of layer III, where encoders put their info tag. */
  mainDataOffset: number;
}

/** Bytes of a frame's header. */
export const MPEG_HEADER_BYTES = 4;

const SAMPLE_RATES = { 1: [44_100, 48_000, 32_000], 2: [22_050, 24_000, 16_000], 2.5: [11_025, 12_000, 8000] } as const;

/** In kbit/s, by version 1 or later and layer; index 0 (free format) is not supported. */
const BITRATES: Record<'v1' | 'v2', Record<1 | 2 | 3, readonly number[]>> = {
  v1: {
    1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  v2: {
    1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
};

/** Reads a frame's header; undefined where there is none, or none that can be decoded. */
export function parseMpegFrame(bytes: Uint8Array, offset: number): MpegFrame | undefined {
  if (offset + MPEG_HEADER_BYTES > bytes.length) return undefined;
  const second = bytes[offset + 1]!;
  if (bytes[offset] !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const version = ([2.5, undefined, 2, 1] as const)[(second >> 3) & 3];
  const layer = ([undefined, 3, 2, 1] as const)[(second >> 1) & 3];
  if (!version || !layer) return undefined;
  const third = bytes[offset + 2]!;
  const bitrate = (BITRATES[version === 1 ? 'v1' : 'v2'][layer][third >> 4] ?? 0) * 1000;
  const sampleRate = SAMPLE_RATES[version][(third >> 2) & 3];
  const fourth = bytes[offset + 3]!;
  const hasReservedEmphasis = (fourth & 3) === 2;
  if (bitrate === 0 || sampleRate === undefined || hasReservedEmphasis) return undefined;
  const padding = (third >> 1) & 1;
  const samples = layer === 1 ? 384 : layer === 3 && version !== 1 ? 576 : 1152;
  const size =
    layer === 1
      ? (Math.floor((12 * bitrate) / sampleRate) + padding) * 4
      : Math.floor(((samples / 8) * bitrate) / sampleRate) + padding;
  const channels = fourth >> 6 === 3 ? 1 : 2;
  const hasChecksum = (second & 1) === 0;
  const sideInformation = version === 1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return {
    version,
    layer,
    sampleRate,
    channels,
    bitrate,
    samples,
    size,
    mainDataOffset: MPEG_HEADER_BYTES + (hasChecksum ? 2 : 0) + sideInformation,
  };
}

/** Whether two frames can follow each other without a change of format. */
export function isSameStream(a: MpegFrame, b: MpegFrame): boolean {
  return a.version === b.version && a.layer === b.layer && a.sampleRate === b.sampleRate && a.channels === b.channels;
}

/** What {@link checkMpegRun} found: frames, no frames, or too few bytes to tell. */
export type MpegRun = 'frames' | 'none' | { wantBytes: number };

/**
 * Whether frames follow each other from `offset` on, which a chance match of the 11 sync bits doesn't.
 *
 * @param frames How many headers in a row it takes.
 * @param ended Whether no more bytes will come: then whole frames up to the very end are enough.
 */
export function checkMpegRun(bytes: Uint8Array, offset: number, frames: number, ended: boolean): MpegRun {
  let at = offset;
  let previous: MpegFrame | undefined;
  for (let count = 0; count < frames; count += 1) {
    if (at + MPEG_HEADER_BYTES > bytes.length) {
      if (!ended) return { wantBytes: at + MPEG_HEADER_BYTES };
      return count > 0 && at <= bytes.length ? 'frames' : 'none';
    }
    const frame = parseMpegFrame(bytes, at);
    if (!frame || (previous && !isSameStream(previous, frame))) return 'none';
    previous = frame;
    at += frame.size;
  }
  return 'frames';
}
