import { Observable, type Subscriber } from 'rxjs';
import { type AudioChunk, LiveAudioBuffer, type Pcm } from '../../audio/index.js';
import { SourceError } from '../../errors/index.js';
import type { EventObserver } from '../../events/index.js';
import type { Flow, ResolvedLiveLimits } from '../../flow/index.js';
import { lendGathered } from '../../sources/lend-gathered.js';

/** Audio of a telephony socket: decoded, at the call's own rate. */
export type TelephonyChunk = AudioChunk<Pcm<'float32'>>;

/** What a {@link ReceivedLeg} is made of. */
export interface ReceivedLegOptions {
  /** The function that made it, as the user writes it. */
  name: string;
  label: string;
  limits: ResolvedLiveLimits;
  /** Receives the diagnostic `AUDIO_DROPPED`. */
  events: EventObserver;
  subscribed: () => void;
  /** The subscriber is gone: it left, or the leg ended. */
  left: () => void;
}

/** Audio that is pushed by somebody, and waits in a bounded buffer for its one subscriber. */
export class ReceivedLeg {
  /** The audio; it can be subscribed once. */
  readonly source: Observable<TelephonyChunk>;
  readonly #options: ReceivedLegOptions;
  readonly #buffer: LiveAudioBuffer<TelephonyChunk>;
  #subscriber: Subscriber<TelephonyChunk> | undefined;
  #wasSubscribed = false;

  constructor(options: ReceivedLegOptions) {
    const { name, label, limits, events } = options;
    this.#options = options;
    this.#buffer = new LiveAudioBuffer<TelephonyChunk>({
      name: `${name}(${label})`,
      limits,
      events,
      emit: (chunk) => this.#subscriber?.next(chunk),
      complete: () => this.#subscriber?.complete(),
      error: (error) => this.#subscriber?.error(error),
    });
    // Until somebody subscribes, audio waits within the same bounds as for a consumer that is slow.
    const release = this.#buffer.flow.hold();
    this.source = lendGathered(new Observable<TelephonyChunk>((subscriber) => this.#subscribe(subscriber, release)));
  }

  /** The flow that its chunks carry. */
  get flow(): Flow {
    return this.#buffer.flow;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#buffer.bytes;
  }

  push(chunk: TelephonyChunk): void {
    this.#buffer.push(chunk);
  }

  /** The audio is complete; what waits comes first. */
  end(): void {
    this.#buffer.end();
  }

  /** The audio can't go on; what waits comes first. */
  fail(error: unknown): void {
    this.#buffer.endWithError(error);
  }

  #subscribe(subscriber: Subscriber<TelephonyChunk>, release: () => void): (() => void) | undefined {
    const { name, label } = this.#options;
    if (this.#wasSubscribed) {
      subscriber.error(
        new SourceError('SOURCE_CONSUMED', `${label}: this leg of ${name}() was already subscribed once; use share()`),
      );
      return undefined;
    }
    this.#wasSubscribed = true;
    this.#subscriber = subscriber;
    this.#options.subscribed();
    // Not while it is being subscribed to: what share() has not wired up yet would miss it.
    const start = setImmediate(release);
    return () => {
      clearImmediate(start);
      this.#subscriber = undefined;
      this.#buffer.stop();
      this.#options.left();
    };
  }
}
