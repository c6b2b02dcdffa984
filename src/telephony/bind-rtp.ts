import { isIP } from 'node:net';
import type { Observable } from 'rxjs';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import { LIVE_LIMIT_NAMES, type LiveLimits, resolveLiveLimits } from '../flow/index.js';
import type { RtpStatistics } from '../rtp/index.js';
import { bindMediaPort, checkMediaPort, type MediaPort } from './bind-media-port.js';
import { RTP_AUDIO_NAMES, type RtpAudioOptions, resolveRtpAudio } from './rtp-audio-options.js';
import { type RtpChunk, RtpLeg } from './rtp-leg.js';
import { resolveStallLimits } from './stall-limits.js';

/** Options of {@link bindRtp}. */
export interface BindRtpOptions extends RtpAudioOptions, LiveLimits {
  /** Address to listen on, IPv4 or IPv6, or a name of this machine. Default: `127.0.0.1`; `0.0.0.0` or `::` for all. */
  host?: string | undefined;
  /** UDP port, 0 to 65,535. Default: 0, any free one. */
  port?: number | undefined;
  /** First and last port to choose from, instead of `port`. */
  portRange?: readonly [number, number] | undefined;
  /** Whether RTCP comes on the RTP port (`mux`) or the next one (`next-port`). Default: as the SDP says, else `next-port`. */
  rtcp?: 'mux' | 'next-port' | undefined;
  /** The only sender that is heard, by its IP address, and by its port where that is given. Default: the first that is confirmed. */
  sender?:
    | {
        /** IPv4 or IPv6 address. */
        address: string;
        /** Default: any. */
        port?: number | undefined;
      }
    | undefined;
  /** How long nothing may come before a `stalled` event, in milliseconds; a stall ends nothing. */
  stall?:
    | {
        /** Before the first packet. Default: 30,000. */
        firstMs?: number | undefined;
        /** Later. Default: 15,000. */
        laterMs?: number | undefined;
      }
    | undefined;
  /** How often an `rtp-statistics` event comes, from 100, in milliseconds; 0: at the end only. Default: 0. */
  statisticsIntervalMs?: number | undefined;
  /**
   * The socket's receive buffer (SO_RCVBUF), in bytes, which the system may cap: what does not fit while the process is busy is lost, and shows
   * as `lost`. Default: 262,144, more than a second of any codec but stereo L16.
   */
  receiveBufferBytes?: number | undefined;
}

/** A port that is bound, and the audio that comes there. */
export interface RtpBinding {
  /** The bound address. */
  readonly host: string;
  /** The UDP port for RTP, to be told to the sender. */
  readonly port: number;
  /** The UDP port for RTCP; undefined where it is multiplexed. */
  readonly rtcpPort: number | undefined;
  /**
   * The audio: decoded float, at the codec's own rate. It can be subscribed once, and waits for that within `maxBytes`. Completes on RTCP BYE and
   * on `close()`; unsubscribing closes the sockets.
   */
  readonly source: Observable<RtpChunk>;
  /** What was counted so far. */
  readonly statistics: RtpStatistics;
  /** Closes the sockets; the source completes with what was received. Resolves when the ports are free again. */
  close(): Promise<void>;
}

const NAMES: OptionNames<BindRtpOptions> = {
  ...RTP_AUDIO_NAMES,
  ...LIVE_LIMIT_NAMES,
  host: true,
  port: true,
  portRange: true,
  rtcp: true,
  sender: true,
  stall: true,
  statisticsIntervalMs: true,
  receiveBufferBytes: true,
};

/**
 * Binds a UDP port for one leg of RTP, before any signalling, and receives its audio.
 *
 * Chunks lie where the sender's timestamps say: loss comes as silence marked `concealed`, what was not sent as `silence`. A new SSRC, or a jump,
 * is a new source whose positions go on. `timing.capturedAtMs` follows the sender's reports where their clock is sane, else arrival. A
 * consumer that is slow delays nothing: audio waits up to `maxBytes`, then the `overflow` policy drops whole chunks, marked as such.
 *
 * @returns The bound port and its source, once the decoders are loaded and the port is open.
 * @throws (as rejection) OptionError for options out of range; SourceError `PORT_UNAVAILABLE` when a port is in use, none of a range is
 * free or the host is none of this machine; DecodeError `DECODER_UNAVAILABLE` when the Opus decoder can't be loaded. (As error notification)
 * SourceError `SOURCE_CONSUMED` on the second subscription, `SOURCE_FAILED` when a socket fails; OverflowError with `overflow: 'error'`.
 * @example
 * const leg = await bindRtp({ host: '0.0.0.0', portRange: [10_000, 10_100], codecs: ['PCMU', 'PCMA'] });
 * startCall({ rtpPort: leg.port });
 * leg.source.pipe(resample(16_000), toPcm16le(), chunk(250), behavioralSignals()).subscribe(console.log);
 */
export async function bindRtp(options: BindRtpOptions = {}): Promise<RtpBinding> {
  expectOptions('bindRtp', options, NAMES);
  const { host = '127.0.0.1', port, portRange, sender, receiveBufferBytes = 262_144, statisticsIntervalMs = 0 } = options;
  const { sdp, ...audio } = resolveRtpAudio('bindRtp', options);
  const limits = resolveLiveLimits(options, (option) => `bindRtp({ ${option} })`);
  const { rtcp = sdp?.rtcpMux ? 'mux' : 'next-port' } = options;
  if (rtcp !== 'mux' && rtcp !== 'next-port') throw new OptionError('bindRtp({ rtcp })', 'must be mux or next-port', rtcp);
  if (typeof host !== 'string' || host === '') throw new OptionError('bindRtp({ host })', 'must be an address', host);
  const stall = resolveStallLimits(options.stall, (option) => `bindRtp({ ${option} })`);
  expectNumber('bindRtp({ receiveBufferBytes })', receiveBufferBytes, { min: 2048, max: 2 ** 30, whole: true, unit: 'bytes' });
  if (statisticsIntervalMs !== 0) {
    expectNumber('bindRtp({ statisticsIntervalMs })', statisticsIntervalMs, { min: 100, unit: 'milliseconds' });
  }
  if (sender !== undefined) checkSender(sender);
  const media = { host, port, portRange, hasRtcpPort: rtcp === 'next-port', receiveBufferBytes };
  checkMediaPort(media);

  let bound: MediaPort | undefined;
  const leg = await RtpLeg.open(
    { receiver: { ...audio, sender, stall }, limits, events: options.events, statisticsIntervalMs },
    async () => {
      bound = await bindMediaPort(media);
      return bound;
    },
  );
  const address = bound!.rtp.address();
  return {
    host: address.address,
    port: address.port,
    rtcpPort: media.hasRtcpPort ? address.port + 1 : undefined,
    source: leg.source,
    get statistics() {
      return leg.statistics;
    },
    close: () => leg.close(),
  };
}

function checkSender({ address, port }: NonNullable<BindRtpOptions['sender']>): void {
  if (typeof address !== 'string' || isIP(address) === 0) {
    throw new OptionError('bindRtp({ sender: { address } })', 'must be an IP address', address);
  }
  if (port !== undefined) expectNumber('bindRtp({ sender: { port } })', port, { min: 1, max: 65_535, whole: true });
}
