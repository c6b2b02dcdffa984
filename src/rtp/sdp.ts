import { parse } from 'sdp-transform';
import { OptionError } from '../errors/index.js';
import { isAudio, type RtpCodec, rtpEncoding, STATIC_CODECS } from './rtp-codec.js';

/** What an audio section of a session description says to a receiver. */
export interface SdpAudio {
  /** Payload types that can be received, in the order of preference. */
  readonly codecs: readonly RtpCodec[];
  /** Where the section says media goes: `c=` and `m=`. */
  readonly address: string | undefined;
  /** The port of `m=`; 0 where the section was refused. */
  readonly port: number;
  /** Whether RTCP comes on the RTP port (RFC 5761). */
  readonly rtcpMux: boolean;
  /** `a=label` (RFC 4574), or `a=mid`; undefined without either. */
  readonly label: string | undefined;
}

/** Which audio section to read. */
export interface SdpSelection {
  /** `a=label` or `a=mid` of the section. Default: the first audio section. */
  label?: string;
}

const OPUS_CLOCK = 48_000;

/**
 * Reads an audio section of a session description (RFC 8866): codecs with payload types, port, RTCP.
 *
 * Payload types without `rtpmap` mean what RFC 3551 says; encodings that can't be received are left out. Opus is mono unless `fmtp` says
 * `stereo=1` or `sprop-stereo=1`, since `opus/48000/2` is written for both (RFC 7587).
 *
 * @param option The option's name in messages.
 * @throws OptionError when there is no audio section, none with the label, or none of its codecs can be received.
 */
export function sdpAudio(sdp: string, { label }: SdpSelection = {}, option = 'sdp'): SdpAudio {
  if (typeof sdp !== 'string') throw new OptionError(option, 'must be the text of a session description', sdp);
  const session = parse(sdp);
  const sections = session.media.filter(({ type }) => type === 'audio');
  const labels = sections.map((section) => section['label' as never] ?? section.mid) as (string | number | undefined)[];
  const index = label === undefined ? 0 : labels.findIndex((found) => found !== undefined && String(found) === label);
  const section = sections[index];
  if (!section) {
    const known = labels.filter((found) => found !== undefined).join(', ');
    const wanted = label === undefined ? '' : ` labelled ${JSON.stringify(label)}${known && ` (there are ${known})`}`;
    throw new OptionError(option, `must have an audio section${wanted}`, sdp);
  }
  const codecs = payloadTypes(section.payloads).flatMap((payloadType) => codecOf(payloadType, section.rtp, section.fmtp) ?? []);
  if (!codecs.some(isAudio)) {
    throw new OptionError(option, `must offer PCMU, PCMA, G722, L16 or Opus, but offers ${section.payloads || 'nothing'}`);
  }
  const found = labels[index];
  return {
    codecs,
    address: (section.connection ?? session.connection)?.ip,
    port: section.port,
    rtcpMux: section.rtcpMux !== undefined,
    label: found === undefined ? undefined : String(found),
  };
}

function payloadTypes(payloads: string | undefined): number[] {
  const numbers = String(payloads ?? '')
    .split(/\s+/)
    .filter((text) => /^\d+$/.test(text))
    .map(Number);
  return [...new Set(numbers)].filter((number) => number <= 127);
}

type SdpRtp = { payload: number; codec: string; rate?: number | undefined; encoding?: string | number | undefined };

function codecOf(
  payloadType: number,
  rtp: readonly SdpRtp[] | undefined,
  fmtp: readonly { payload: number; config: string }[] | undefined,
): RtpCodec | undefined {
  const map = rtp?.find(({ payload }) => payload === payloadType);
  if (!map) return STATIC_CODECS.find((codec) => codec.payloadType === payloadType) ?? l16(payloadType);
  const name = rtpEncoding(String(map.codec));
  if (!name) return undefined;
  const clockRate = name === 'opus' ? OPUS_CLOCK : name === 'G722' ? 8000 : (map.rate ?? 8000);
  if (!(clockRate >= 8000 && clockRate <= 192_000)) return undefined;
  if (name === 'opus') {
    const isStereo = /\b(?:sprop-)?stereo=1\b/.test(fmtp?.find(({ payload }) => payload === payloadType)?.config ?? '');
    return { payloadType, name, clockRate, channels: isStereo ? 2 : 1 };
  }
  const channels = name === 'L16' ? Number(map.encoding ?? 1) : 1;
  return channels >= 1 && channels <= 8 ? { payloadType, name, clockRate, channels } : undefined;
}

/** Payload types 10 and 11 (RFC 3551): only where SDP lists them, since Asterisk sends other rates as 10. */
function l16(payloadType: number): RtpCodec | undefined {
  if (payloadType !== 10 && payloadType !== 11) return undefined;
  return { payloadType, name: 'L16', clockRate: 44_100, channels: payloadType === 10 ? 2 : 1 };
}
