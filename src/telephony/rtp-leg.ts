import type { Socket } from 'node:dgram';
import { Observable, type Subscriber } from 'rxjs';
import { type AudioChunk, LiveAudioBuffer, type Pcm } from '../audio/index.js';
import type { PlaneAllocator } from '../audio/sample-format/index.js';
import { SourceError } from '../errors/index.js';
import { type EventObserver, emitEvent } from '../events/index.js';
import type { ResolvedLiveLimits } from '../flow/index.js';
import { RtpReceiver, type RtpReceiverOptions, type RtpStatistics } from '../rtp/index.js';
import { lendGathered } from '../sources/lend-gathered.js';
import type { MediaPort } from './bind-media-port.js';
import { LentMemory } from './lent-memory.js';
import { startTicking, steadyNowMs, type Ticked, type Ticking } from './playout-ticker.js';

/** Audio of an RTP leg: decoded, at the codec's own rate. */
export type RtpChunk = AudioChunk<Pcm<'float32'>>;

/** What a leg is made of. */
export interface RtpLegOptions {
  receiver: RtpReceiverOptions;
  limits: ResolvedLiveLimits;
  events: EventObserver | undefined;
  /** 0: at the end only. */
  statisticsIntervalMs: number;
}

const memory = new LentMemory();

/** Sockets, a receiver and a bounded buffer, from the first packet to the subscriber. */
export class RtpLeg implements Ticked {
  /** Audio; it can be subscribed once. */
  readonly source: Observable<RtpChunk>;
  readonly #options: RtpLegOptions;
  readonly #sockets: Socket[];
  readonly #receiver: RtpReceiver;
  readonly #buffer: LiveAudioBuffer<RtpChunk>;
  readonly #ticking: Ticking;
  #subscriber: Subscriber<RtpChunk> | undefined;
  #wasSubscribed = false;
  /** Whether the subscriber is done with a chunk before the next is decoded, unless it holds. */
  #lends = false;
  #reportedMs: number;
  #closing: Promise<void> | undefined;

  private constructor(
    options: RtpLegOptions,
    { rtp, rtcp }: MediaPort,
    receiver: RtpReceiver,
    buffer: LiveAudioBuffer<RtpChunk>,
  ) {
    this.#options = options;
    this.#sockets = rtcp ? [rtp, rtcp] : [rtp];
    this.#receiver = receiver;
    this.#buffer = buffer;
    this.#reportedMs = steadyNowMs();
    // Until somebody subscribes, audio waits within the same bounds as for a consumer that is slow.
    const release = buffer.flow.hold();
    const source = (lends: boolean) => new Observable<RtpChunk>((subscriber) => this.#subscribe(subscriber, release, lends));
    this.source = lendGathered(source(false), source(true));
    const ticking = startTicking(this);
    rtp.on('message', (data, { address, port }) => {
      receiver.receive(data, steadyNowMs(), plain(address), port);
      ticking.expect(receiver.dueMs);
    });
    rtcp?.on('message', (data, { address }) => {
      receiver.receiveRtcp(data, steadyNowMs(), plain(address));
      ticking.expect(receiver.dueMs);
    });
    for (const socket of this.#sockets) socket.on('error', (cause) => this.#fail(cause));
    this.#ticking = ticking;
  }

  /**
   * Loads the decoders, binds, and begins to receive.
   *
   * @param bind Called once the decoders are there: from the moment a port is bound, packets may come.
   */
  static async open(options: RtpLegOptions, bind: () => Promise<MediaPort>): Promise<RtpLeg> {
    let leg: RtpLeg | undefined;
    const subscriberOf = (one: RtpLeg | undefined) => (one ? one.#subscriber : undefined);
    const { label } = options.receiver;
    const receiver = await RtpReceiver.load(options.receiver, {
      // The buffer puts its own flow into what it emits.
      audio: (chunk) =>
        memory.lend(() => {
          buffer.push(chunk as RtpChunk);
          return buffer.isClear;
        }),
      planes: () => (leg ? leg.#planes : undefined),
      event: (event) => emitEvent(options.events, event),
      end: () => void leg?.close(),
    });
    const buffer = new LiveAudioBuffer<RtpChunk>({
      name: `bindRtp(${label})`,
      limits: options.limits,
      events: options.events,
      emit: (chunk) => subscriberOf(leg)?.next(chunk),
      complete: () => subscriberOf(leg)?.complete(),
      error: (error) => {
        void leg?.close();
        subscriberOf(leg)?.error(error);
      },
    });
    try {
      leg = new RtpLeg(options, await bind(), receiver, buffer);
    } catch (error) {
      receiver.free();
      throw error;
    }
    return leg;
  }

  /** What was counted so far. */
  get statistics(): RtpStatistics {
    return this.#receiver.statistics;
  }

  advance(nowMs: number): number {
    this.#receiver.advance(nowMs);
    const { statisticsIntervalMs } = this.#options;
    if (statisticsIntervalMs === 0) return this.#receiver.dueMs;
    if (nowMs - this.#reportedMs >= statisticsIntervalMs) {
      this.#reportedMs = nowMs;
      this.#reportStatistics();
    }
    return Math.min(this.#receiver.dueMs, this.#reportedMs + statisticsIntervalMs);
  }

  /** Closes the sockets and outputs what was received; the source completes when its consumer has taken that. */
  close(): Promise<void> {
    if (this.#closing) return this.#closing;
    const closed = this.#sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve())));
    // Set before anything is output: who is told of the end may close once more.
    this.#closing = Promise.all(closed).then(() => {});
    this.#ticking.stop();
    this.#receiver.end();
    this.#reportStatistics();
    emitEvent(this.#options.events, { type: 'rtp', state: 'ended', stream: this.#options.receiver.label });
    this.#receiver.free();
    this.#buffer.end();
    return this.#closing;
  }

  #subscribe(subscriber: Subscriber<RtpChunk>, release: () => void, lends: boolean): () => void {
    const { label } = this.#options.receiver;
    if (this.#wasSubscribed) {
      subscriber.error(
        new SourceError(
          'SOURCE_CONSUMED',
          `${label}: this RTP leg was already subscribed once; call bindRtp() again, or use share()`,
        ),
      );
      return () => {};
    }
    this.#wasSubscribed = true;
    this.#lends = lends;
    this.#subscriber = subscriber;
    // Not while it is being subscribed to: what share() has not wired up yet would miss it.
    const start = setImmediate(release);
    return () => {
      clearImmediate(start);
      this.#subscriber = undefined;
      this.#buffer.stop();
      void this.close();
    };
  }

  #fail(cause: Error): void {
    const { label } = this.#options.receiver;
    this.#buffer.endWithError(new SourceError('SOURCE_FAILED', `${label}: receiving failed: ${cause.message}`, { cause }));
    void this.close();
  }

  /** What has to wait needs memory of its own. */
  get #planes(): PlaneAllocator | undefined {
    return this.#lends && this.#buffer.isClear ? memory.take() : undefined;
  }

  #reportStatistics(): void {
    emitEvent(this.#options.events, { type: 'rtp-statistics', ...this.statistics, stream: this.#options.receiver.label });
  }
}

/** IPv4 addresses look like IPv6 on a socket for both. */
function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
