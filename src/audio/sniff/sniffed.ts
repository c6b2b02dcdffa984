/** Containers and bare streams of audio that {@link sniff} tells apart. */
export type Container =
  | 'wav'
  | 'mp3'
  | 'ogg'
  | 'flac'
  | 'mp4'
  | 'matroska'
  | 'aiff'
  | 'au'
  | 'caf'
  | 'w64'
  | 'amr'
  | 'aac'
  | 'asf'
  | 'avi'
  | 'flv'
  | 'mpegts'
  | 'wavpack'
  | 'ape';

const DEMUXERS = {
  wav: 'wav',
  mp3: 'mp3',
  ogg: 'ogg',
  flac: 'flac',
  mp4: 'mov',
  matroska: 'matroska',
  aiff: 'aiff',
  au: 'au',
  caf: 'caf',
  w64: 'w64',
  amr: 'amr',
  aac: 'aac',
  asf: 'asf',
  avi: 'avi',
  flv: 'flv',
  mpegts: 'mpegts',
  wavpack: 'wv',
  ape: 'ape',
} as const satisfies Record<Container, string>;

/** Audio, recognised by its first bytes. */
export interface SniffedAudio {
  kind: 'audio';
  container: Container;
  /** The codec, where the first bytes tell; ffmpeg's name for it. */
  codec?: string;
  /** Whether it can be decoded only by ffmpeg; else this process decodes it. */
  needsFfmpeg: boolean;
  /** ffmpeg's name for the demuxer, the only one that untrusted bytes may reach. */
  demuxer: (typeof DEMUXERS)[Container];
  /** True for an MP4 whose audio data come before their index: nothing can decode it as a stream. */
  indexIsLate?: true;
}

/** What the first bytes of an input are. */
export type SniffResult =
  | SniffedAudio
  /** Audio of a known kind that is broken where it begins. */
  | { kind: 'broken'; what: string; byteOffset: number }
  /** Something known that holds no audio this library decodes; `what` names it, with its article. */
  | { kind: 'not-audio'; what: string }
  /** Nothing known. */
  | { kind: 'unknown' }
  /** More bytes are needed: at least `wantBytes` from the start. */
  | { kind: 'undecided'; wantBytes: number };

/** Builds the result for audio that was recognised. */
export function sniffedAudio(
  container: Container,
  {
    codec,
    needsFfmpeg = true,
    indexIsLate = false,
  }: { codec?: string | undefined; needsFfmpeg?: boolean; indexIsLate?: boolean } = {},
): SniffedAudio {
  return {
    kind: 'audio',
    container,
    ...(codec !== undefined && { codec }),
    needsFfmpeg,
    demuxer: DEMUXERS[container],
    ...(indexIsLate && { indexIsLate }),
  };
}
