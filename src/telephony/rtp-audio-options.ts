import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import {
  type RtpCodec,
  type RtpCodecOption,
  type RtpReceiverOptions,
  rtpCodecs,
  type SdpAudio,
  STATIC_CODECS,
  sdpAudio,
} from '../rtp/index.js';

/** Settings of a leg's jitter buffer. */
export interface JitterOptions {
  /** How long a packet waits for those before it, 0 to `maxMs`, in milliseconds. Default: 80. */
  targetMs?: number | undefined;
  /** The most audio that waits to be put in order, 20 to 10,000, in milliseconds; what exceeds it goes on at once. Default: 500. */
  maxMs?: number | undefined;
  /**
   * The most silence that is filled in where nothing was sent, in milliseconds; later audio keeps its position, and the time between is
   * left out. Default: 10,000.
   */
  maxSilenceMs?: number | undefined;
}

/** What describes the audio of an RTP stream. */
export interface RtpAudioOptions {
  /** A name for events and messages, and of the source. Default: the label in the SDP, else `rtp`. */
  label?: string | undefined;
  /** The sender's session description: codecs with their payload types, and whether RTCP is multiplexed. */
  sdp?: string | undefined;
  /** Which audio section of the SDP: its `a=label` or `a=mid`. Default: the first. */
  sdpLabel?: string | undefined;
  /** Codecs, instead of `sdp`. Default: those with payload types of their own, PCMU, PCMA, G722 and comfort noise. */
  codecs?: readonly RtpCodecOption[] | undefined;
  /** Sample rate that Opus is decoded to, in Hz: 8000, 12000, 16000, 24000 or 48000. Default: 48000. */
  opusSampleRate?: 8000 | 12_000 | 16_000 | 24_000 | 48_000 | undefined;
  /** How packets are put in order. */
  jitter?: JitterOptions | undefined;
  /** Receives `rtp`, `dtmf`, `format` and `rtp-statistics` events, and diagnostics. */
  events?: EventObserver | undefined;
}

/** Checked options with every default filled in. */
export interface ResolvedRtpAudio extends Pick<RtpReceiverOptions, 'label' | 'codecs' | 'jitter'> {
  sdp: SdpAudio | undefined;
}

/** The names of {@link RtpAudioOptions}. */
export const RTP_AUDIO_NAMES: OptionNames<RtpAudioOptions> = {
  label: true,
  sdp: true,
  sdpLabel: true,
  codecs: true,
  opusSampleRate: true,
  jitter: true,
  events: true,
};

const JITTER_NAMES: OptionNames<JitterOptions> = { targetMs: true, maxMs: true, maxSilenceMs: true };

/**
 * Checks the options that all sources of RTP share.
 *
 * @param name The function they are given to, as in `bindRtp`.
 * @throws OptionError that names the option.
 */
export function resolveRtpAudio(name: string, options: RtpAudioOptions): ResolvedRtpAudio {
  const option = (key: string) => `${name}({ ${key} })`;
  const { codecs, jitter = {}, opusSampleRate, sdpLabel } = options;
  expectOptions<JitterOptions>((key) => option(`jitter: { ${key} }`), jitter, JITTER_NAMES);
  const { targetMs = 80, maxMs = 500, maxSilenceMs = 10_000 } = jitter;
  expectNumber(option('jitter: { maxMs }'), maxMs, { min: 20, max: 10_000, unit: 'milliseconds' });
  expectNumber(option('jitter: { targetMs }'), targetMs, { min: 0, max: maxMs, unit: 'milliseconds' });
  expectNumber(option('jitter: { maxSilenceMs }'), maxSilenceMs, { min: 0, max: 3_600_000, unit: 'milliseconds' });
  if (options.sdp !== undefined && codecs !== undefined) {
    throw new OptionError(option('codecs'), 'must be left out when sdp is given, which names the codecs');
  }
  const sdp =
    options.sdp === undefined
      ? undefined
      : sdpAudio(options.sdp, sdpLabel === undefined ? {} : { label: sdpLabel }, option('sdp'));
  const label = options.label ?? sdp?.label ?? 'rtp';
  if (typeof label !== 'string') throw new OptionError(option('label'), 'must be a string', label);
  const offered: readonly RtpCodecOption[] = sdp?.codecs ?? codecs ?? STATIC_CODECS;
  const rated = offered.map((codec) =>
    opusSampleRate !== undefined && isOpus(codec) ? { ...codec, sampleRate: opusSampleRate } : codec,
  );
  return { label, codecs: rtpCodecs(option('codecs'), rated), jitter: { targetMs, maxMs, maxSilenceMs }, sdp };
}

function isOpus(codec: RtpCodecOption): codec is RtpCodec {
  return typeof codec === 'object' && String(codec?.name).toLowerCase() === 'opus';
}
