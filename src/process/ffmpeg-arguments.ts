import { OptionError } from '../errors/index.js';

/**
 * The ffmpeg demuxers that untrusted bytes may be given to: plain audio and media containers that carry all their data themselves.
 *
 * What reads other files by name (`hls`, `concat`, `dash`, `image2`, `sdp`, `imf`, …) is left out on purpose.
 */
export const DEMUXERS = [
  'aac',
  'ac3',
  'aiff',
  'amr',
  'ape',
  'asf',
  'au',
  'avi',
  'caf',
  'dts',
  'eac3',
  'flac',
  'flv',
  'g722',
  'gsm',
  'loas',
  'matroska',
  'mov',
  'mp3',
  'mpeg',
  'mpegts',
  'nistsphere',
  'ogg',
  'tta',
  'voc',
  'w64',
  'wav',
  'wv',
] as const;

/** An ffmpeg demuxer by its own name; `mov` also reads mp4, m4a and 3gp, `matroska` also webm. */
export type Demuxer = (typeof DEMUXERS)[number];

/** What the arguments of a decoding ffmpeg depend on. */
export interface DecodeArguments {
  /** The container the bytes are in; ffmpeg is not allowed to guess another. */
  demuxer: Demuxer;
  /**
   * Start output as soon as the first packet is understood, for input that arrives at the speed it is spoken: an MP3 of 64 kbit/s then
   * begins after 0.2 s instead of 1.3 s of it. No effect on `flv` and `mpeg`. Default: false.
   */
  lowLatency?: boolean;
  /** A file to read instead of standard input, for formats that have to be read out of order. */
  file?: string | undefined;
}

/** Output options that make a WAV of 32-bit floats whose header is followed by samples at once (no LIST chunk), sizes unknown. */
export const WAV_OUTPUT: readonly string[] = [
  ...['-map_metadata', '-1', '-map_chapters', '-1'],
  // The plus keeps the default flags, among them the one that flushes every packet to the pipe.
  ...['-fflags', '+bitexact', '-flags:a', '+bitexact'],
  // Otherwise input without a single sample ends with exit code 0.
  ...['-abort_on', 'empty_output'],
];

/**
 * The arguments of an ffmpeg that decodes untrusted bytes on standard input to a WAV of 32-bit floats; the output, `pipe:1`, is
 * appended by prism-media. Sample rate and channels stay those of the input.
 *
 * @throws OptionError for a demuxer that isn't one of {@link DEMUXERS}.
 */
export function decodeArguments({ demuxer, lowLatency = false, file }: DecodeArguments): string[] {
  if (!DEMUXERS.includes(demuxer)) throw new OptionError('demuxer', `must be one of ${DEMUXERS.join(', ')}`, demuxer);
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
    // The forced format is not probed, so that a playlist stays a broken media file; what a container refers to is not opened.
    ...['-protocol_whitelist', file === undefined ? 'pipe' : 'file', '-format_whitelist', demuxer],
    // With files allowed, a QuickTime alias could name another one.
    ...(demuxer === 'mov' ? ['-enable_drefs', '0', '-use_absolute_path', '0'] : []),
    // Not `-fflags nobuffer`, which is often recommended beside these: it drops the audio that was read while probing.
    ...(lowLatency && !LATE_STREAMS.includes(demuxer) ? ['-probesize', '32', '-analyzeduration', '0'] : []),
    // Damage that a checksum shows is reported; one thread, because frame threads delay the first sample.
    ...['-err_detect', 'crccheck', '-threads', '1', '-vn', '-sn', '-dn'],
    ...['-f', demuxer, '-i', file === undefined ? 'pipe:0' : `file:${file}`, '-map', '0:a:0'],
    ...(demuxer === 'amr' ? KEEP_AMR_SILENCES : []),
    ...WAV_OUTPUT,
    ...['-c:a', 'pcm_f32le', '-f', 'wav'],
  ];
}

/** Containers whose audio stream is only known once its first packet comes, so that probing can't be cut short. */
const LATE_STREAMS: readonly Demuxer[] = ['flv', 'mpeg'];

/**
 * ffmpeg's AMR decoder fails on the frames that stand for silence (DTX), and two thirds of failures make it give up. Tolerated, and
 * filled by their time stamps, the silences keep their length. Other demuxers' time stamps are less exact than AMR's 20 ms frames.
 */
const KEEP_AMR_SILENCES = ['-max_error_rate', '1', '-af', 'aresample=async=1:min_hard_comp=0.015:first_pts=0'];
