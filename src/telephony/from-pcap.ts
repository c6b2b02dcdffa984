import type { Observable } from 'rxjs';
import { DecodeError, expectNumber, expectOptions } from '../errors/index.js';
import { type EventObserver, emitEvent } from '../events/index.js';
import type { Flow } from '../flow/index.js';
import { pace } from '../operators/pace.js';
import { stageOperator } from '../operators/stage-operator.js';
import { RtpReceiver, type RtpReceiverOptions } from '../rtp/index.js';
import { type CapturedFrame, isKnownLinkType, PcapReader, udpDatagram } from '../rtp/pcap/index.js';
import { fromFile } from '../sources/from-file.js';
import { RTP_AUDIO_NAMES, type RtpAudioOptions, resolveRtpAudio } from './rtp-audio-options.js';
import type { RtpChunk } from './rtp-leg.js';

/** Options of {@link fromPcap}. */
export interface FromPcapOptions extends RtpAudioOptions {
  /** UDP port that the stream was sent to; its RTCP is looked for there and on the next. Default: any; the first stream that is confirmed. */
  port?: number | undefined;
  /** Times real time, above 0 to 100. Default: as fast as it goes. */
  speed?: number | undefined;
}

/**
 * Plays one RTP stream of a capture, pcap or pcapng, through the same path as {@link bindRtp}: by the times at which packets came.
 *
 * Late packets are late again, lost ones are concealed again, at any speed. Ethernet with VLAN tags, Linux cooked, BSD loopback and raw IP are
 * understood, IPv4 and IPv6; fragments are not put together.
 *
 * @param file Path or `file:` URL.
 * @returns Can be subscribed any number of times; completes at the capture's end; unsubscribing closes the file.
 * @throws OptionError for options out of range; (as error notification) DecodeError `UNRECOGNIZED_INPUT` for what is no capture,
 * `CORRUPT_INPUT` for a broken one, `UNSUPPORTED_FORMAT` for an unknown link layer, `EMPTY_INPUT` when it has no stream of the codecs;
 * SourceError `SOURCE_FAILED` when the file can't be read.
 * @example
 * fromPcap('call.pcap', { port: 5004 }).pipe(toPcm16le(), chunk(250), behavioralSignals())
 */
export function fromPcap(file: string | URL, options: FromPcapOptions = {}): Observable<RtpChunk> {
  expectOptions<FromPcapOptions>('fromPcap', options, { ...RTP_AUDIO_NAMES, port: true, speed: true });
  const { port, speed, events } = options;
  const { sdp, ...audio } = resolveRtpAudio('fromPcap', options);
  const destination = port ?? (sdp && sdp.port > 0 ? sdp.port : undefined);
  if (port !== undefined) expectNumber('fromPcap({ port })', port, { min: 1, max: 65_535, whole: true });
  if (speed !== undefined) expectNumber('fromPcap({ speed })', speed, { above: 0, max: 100 });
  // A capture ends by itself, and nobody waits for what is missing.
  const never = { firstMs: Number.POSITIVE_INFINITY, laterMs: Number.POSITIVE_INFINITY };
  const settings: RtpReceiverOptions = { ...audio, sender: undefined, stall: never };
  const played = fromFile(file).pipe(
    stageOperator('fromPcap()', () => {
      const player = new CapturePlayer(settings, destination, events);
      return {
        ready: player.ready,
        process: ({ data }, flow) => player.process(data, flow),
        flush: (flow) => player.flush(flow),
        free: () => player.free(),
      };
    }),
  );
  return speed === undefined ? played : played.pipe(pace({ speed, ...(events && { events }) }));
}

/** One run through a capture. */
class CapturePlayer {
  /** Done when the decoders are loaded. */
  readonly ready: Promise<void>;
  readonly #settings: RtpReceiverOptions;
  readonly #port: number | undefined;
  readonly #events: EventObserver | undefined;
  readonly #reader = new PcapReader();
  #receiver: RtpReceiver | undefined;
  #output: RtpChunk[] = [];
  #flow: Flow | undefined;
  #datagrams = 0;
  #hasEnded = false;
  #isFreed = false;

  constructor(settings: RtpReceiverOptions, port: number | undefined, events: EventObserver | undefined) {
    this.#settings = settings;
    this.#port = port;
    this.#events = events;
    this.ready = this.#load();
  }

  *process(data: Uint8Array, flow: Flow): Generator<RtpChunk> {
    this.#flow = flow;
    for (const frame of this.#reader.read(data)) {
      if (this.#hasEnded) return;
      this.#play(frame);
      yield* this.#take();
    }
  }

  *flush(flow: Flow): Generator<RtpChunk> {
    this.#flow = flow;
    const receiver = this.#receiver!;
    receiver.end();
    yield* this.#take();
    const { label } = this.#settings;
    if (this.#reader.hasRest) {
      emitEvent(this.#events, {
        type: 'diagnostic',
        code: 'TRAILING_BYTES',
        message: `The capture ends within a packet, at byte ${this.#reader.byteOffset}: it was cut. What came before was played.`,
        stream: label,
      });
    }
    const { statistics } = receiver;
    if (statistics.epochs === 0) {
      const names = this.#settings.codecs.map(({ name, payloadType }) => `${name} (${payloadType})`).join(', ');
      const where = this.#port === undefined ? '' : ` to port ${this.#port}`;
      throw new DecodeError(
        'EMPTY_INPUT',
        `the capture has no RTP stream${where} of ${names}, in ${this.#datagrams} datagrams; give fromPcap() the port, and the sdp or codecs of the call`,
      );
    }
    emitEvent(this.#events, { type: 'rtp-statistics', ...statistics, stream: label });
    emitEvent(this.#events, { type: 'rtp', state: 'ended', stream: label });
  }

  free(): void {
    this.#isFreed = true;
    this.#receiver?.free();
  }

  async #load(): Promise<void> {
    this.#receiver = await RtpReceiver.load(this.#settings, {
      audio: ({ timing: { capturedAtMs: _, ...timing }, ...chunk }) =>
        this.#output.push({ ...chunk, timing, flow: this.#flow! } as RtpChunk),
      event: (event) => emitEvent(this.#events, event),
      end: () => {
        this.#hasEnded = true;
      },
    });
    if (this.#isFreed) this.#receiver.free();
  }

  #play({ atMs, data, linkType }: CapturedFrame): void {
    if (!isKnownLinkType(linkType)) {
      throw new DecodeError(
        'UNSUPPORTED_FORMAT',
        `the capture's link layer (${linkType}) is not understood; capture on Ethernet or IP`,
      );
    }
    const datagram = udpDatagram(data, linkType);
    if (!datagram) return;
    const { sourceAddress, sourcePort, destinationPort, payload } = datagram;
    if (this.#port !== undefined && destinationPort !== this.#port && destinationPort !== this.#port + 1) return;
    this.#datagrams += 1;
    this.#receiver!.advance(atMs);
    if (destinationPort - 1 === this.#port) this.#receiver!.receiveRtcp(payload, atMs, sourceAddress);
    else this.#receiver!.receive(payload, atMs, sourceAddress, sourcePort);
  }

  #take(): RtpChunk[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
}
