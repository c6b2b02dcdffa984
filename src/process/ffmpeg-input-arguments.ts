import path from 'node:path';
import { OptionError } from '../errors/index.js';
import { DEMUXERS } from './ffmpeg-arguments.js';

/** What an input is, which decides what ffmpeg may open for it. */
export interface InputKind {
  readonly name: 'file' | 'http' | 'rtsp' | 'srt' | 'udp' | 'rtmp' | 'device';
  /** Whether it goes on in real time whoever listens, unless the caller says otherwise. */
  readonly isLive: boolean;
  /** What ffmpeg may open, itself or because the media says so. */
  readonly protocols: readonly string[];
  /** Containers that it may take the input for; any where absent. */
  readonly formats?: readonly string[];
  readonly options?: readonly string[];
}

const SCHEMES: Readonly<Record<string, InputKind>> = {
  file: { name: 'file', isLive: false, protocols: ['file'], formats: DEMUXERS },
  ...same(['http', 'https'], {
    name: 'http',
    isLive: false,
    protocols: ['http', 'https', 'tcp', 'tls', 'httpproxy', 'crypto'],
    formats: [...DEMUXERS, 'hls', 'mjpeg'],
  }),
  // Over TCP, unless told otherwise: what is lost of UDP is lost for good.
  ...same(['rtsp', 'rtsps'], {
    name: 'rtsp',
    isLive: true,
    protocols: ['rtsp', 'rtsps', 'rtp', 'srtp', 'udp', 'tcp', 'tls'],
    options: ['-rtsp_transport', 'tcp'],
  }),
  srt: { name: 'srt', isLive: true, protocols: ['srt', 'udp'], formats: DEMUXERS },
  udp: { name: 'udp', isLive: true, protocols: ['udp'], formats: DEMUXERS },
  ...same(['rtmp', 'rtmps'], { name: 'rtmp', isLive: true, protocols: ['rtmp', 'rtmps', 'tcp', 'tls'], formats: ['flv'] }),
};

/** Devices and generators that ffmpeg reads through a format of its own instead of a protocol. */
const DEVICES = ['pulse', 'alsa', 'avfoundation', 'dshow', 'jack', 'sndio', 'oss', 'openal', 'lavfi'] as const;

function same(names: readonly string[], kind: InputKind): Record<string, InputKind> {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

/**
 * Tells what an input is: a path or a URL of a known scheme, or, with `format`, a device.
 *
 * @throws OptionError for other schemes (`concat:`, `subfile:`, `pipe:` and the like could open anything) and other devices.
 */
export function inputKind(option: string, input: string, format: string | undefined): InputKind {
  if (format !== undefined) {
    if (!(DEVICES as readonly string[]).includes(format)) {
      throw new OptionError(`${option}({ format })`, `must be a device, one of ${DEVICES.join(', ')}`, format);
    }
    return { name: 'device', isLive: true, protocols: ['file'] };
  }
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(input)?.[1]?.toLowerCase();
  if (scheme === undefined || /^[a-z]:[\\/]/i.test(input)) return SCHEMES.file!;
  const kind = SCHEMES[scheme];
  if (kind && (scheme === 'file' || input.slice(scheme.length, scheme.length + 3) === '://')) return kind;
  throw new OptionError(
    `${option}(input)`,
    `must be a path, or a URL of ${Object.keys(SCHEMES).join(', ')}`,
    withoutSecrets(input),
  );
}

/** What the arguments of an ffmpeg that reads an input depend on. */
export interface InputArguments {
  readonly input: string;
  readonly kind: InputKind;
  /** Of a device. */
  readonly format: string | undefined;
  readonly inputOptions: readonly string[];
  readonly sampleRate: number;
  readonly channels: number;
}

/** The arguments of an ffmpeg that reads an input and writes raw 32-bit floats, with silence where its time stamps leave gaps. */
export function inputArguments({ input, kind, format, inputOptions, sampleRate, channels }: InputArguments): string[] {
  const isFile = kind.name === 'file';
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
    ...['-protocol_whitelist', kind.protocols.join()],
    ...(kind.formats ? ['-format_whitelist', kind.formats.join()] : []),
    ...(kind.options ?? []),
    ...inputOptions,
    ...(format === undefined ? [] : ['-f', format]),
    ...['-i', isFile && !input.startsWith('file:') ? `file:${path.resolve(input)}` : input],
    ...['-map', '0:a:0', '-vn', '-sn', '-dn'],
    // Fills what time stamps leave out and cuts what they overlap; it never stretches, which would change how a voice sounds.
    ...['-af', `aresample=${sampleRate}:async=1:min_hard_comp=0.05:first_pts=0`],
    ...['-ac', String(channels), '-c:a', 'pcm_f32le', '-f', 'f32le', '-flush_packets', '1', 'pipe:1'],
  ];
}

/** A URL, or text with URLs in it, without user names, passwords and queries. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*@/gi, '$1')
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?'"]*)\?[^\s'"]*/gi, '$1');
}
