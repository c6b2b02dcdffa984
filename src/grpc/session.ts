import { type StatusObject, status } from '@grpc/grpc-js';
import { type AudioChunk, durationMs, type Pcm, Timeline } from '../audio/index.js';
import { StreamingError } from '../errors/index.js';
import { emitEvent, type SessionEvent } from '../events/index.js';
import { Holder } from '../flow/index.js';
import { type Prediction, PredictionAssembler } from '../predictions/index.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { rememberMessage } from './raw-result.js';
import { ServerCall } from './server-call.js';
import { isLoopback, type SessionSettings } from './session-settings.js';
import { SessionStatistics } from './session-statistics.js';
import { statusError } from './status-error.js';

/** Audio between a write and its write-callback above which the source is held. */
const IN_FLIGHT_LIMIT_MS = 500;

/** Whoever receives what a session yields. */
export interface SessionObserver {
  next: (prediction: Prediction) => void;
  complete: () => void;
  error: (error: unknown) => void;
}

/** One server call of a session. */
interface Epoch {
  readonly number: number;
  readonly sampleRate: number;
  readonly call: ServerCall;
  connectTimer: NodeJS.Timeout | undefined;
  halfClosed: boolean;
}

/**
 * Streams 16-bit mono audio to the service and yields predictions placed on the source's timeline.
 *
 * The first chunk opens a server call at its rate; a change of rate opens another, while the one before drains. Each call is an
 * epoch of the timeline. Audio that is written but not yet taken by the transport is bounded by holding the source's flow.
 */
export class Session {
  readonly #settings: SessionSettings;
  readonly #observer: SessionObserver;
  readonly #timeline = new Timeline();
  readonly #assembler = new PredictionAssembler();
  readonly #statistics = new SessionStatistics();
  readonly #source = new Holder();
  readonly #open = new Set<Epoch>();
  readonly #onAbort = () => this.#fail(aborted(this.#settings.signal));
  #current: Epoch | undefined;
  #epochs = 0;
  #inFlightMs = 0;
  #drainTimer: NodeJS.Timeout | undefined;
  #ending: { error?: unknown; failed: boolean } | undefined;
  #over = false;
  #label = 'audio';

  constructor(settings: SessionSettings, observer: SessionObserver) {
    this.#settings = settings;
    this.#observer = observer;
    const { signal } = settings;
    if (signal?.aborted) queueMicrotask(this.#onAbort);
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Sends a chunk, and holds its flow while too much audio waits for the transport. */
  write(chunk: AudioChunk<Pcm<'s16le', 1>>): void {
    if (this.#over || this.#ending || chunk.length === 0) return;
    if (this.#current?.sampleRate !== chunk.format.sampleRate) {
      this.#halfClose(this.#current);
      this.#current = this.#openEpoch(chunk);
    }
    const epoch = this.#current;
    if (!epoch) return;
    const ms = durationMs(chunk);
    this.#timeline.append(epoch.number, chunk);
    this.#inFlightMs += ms;
    this.#statistics.written(ms, chunk.data.length, this.#inFlightMs);
    epoch.call.write(chunk.data, () => {
      this.#inFlightMs -= ms;
      if (this.#inFlightMs > IN_FLIGHT_LIMIT_MS || this.#over) return;
      this.#statistics.resumed();
      this.#source.release();
    });
    if (this.#inFlightMs > IN_FLIGHT_LIMIT_MS) {
      this.#statistics.held();
      this.#source.hold(chunk.flow);
    }
  }

  /** Ends the audio: half-closes, and completes once every result has come. */
  end(): void {
    this.#endAudio({ failed: false });
  }

  /** The audio failed: results of what was sent are still awaited, then the error is passed on. */
  endWithError(error: unknown): void {
    this.#endAudio({ error, failed: true });
  }

  /** Ends everything at once; nothing is reported any more. */
  cancel(): void {
    if (!this.#over) this.#close();
  }

  #openEpoch(chunk: AudioChunk): Epoch | undefined {
    const { sampleRate } = chunk.format;
    const { endpoint, connectTimeoutMs } = this.#settings;
    const number = this.#epochs++;
    this.#label = chunk.timing.source.label;
    this.#report('connecting', number);
    if (!this.#settings.tls && !isLoopback(endpoint)) this.#warnOfPlaintext();
    try {
      const call = new ServerCall(this.#settings, sampleRate, {
        open: () => {
          clearTimeout(epoch.connectTimer);
          this.#report('open', number, call.engine);
        },
        result: (message, engine) => this.#receive(epoch, message, engine),
        end: (ended) => this.#ended(epoch, ended),
      });
      const connectTimer = setTimeout(() => {
        this.#fail(
          new StreamingError('CONNECT_TIMEOUT', `${endpoint} did not accept the stream within ${connectTimeoutMs} ms`, {
            retryable: true,
          }),
        );
      }, connectTimeoutMs);
      const epoch: Epoch = { number, sampleRate, call, connectTimer, halfClosed: false };
      this.#open.add(epoch);
      return epoch;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #receive(epoch: Epoch, message: StreamResult__Output, engine: 'local' | 'remote'): void {
    this.#statistics.received();
    if (this.#ending) this.#awaitDrain();
    const nowMs = Date.now();
    const predictions = this.#assembler.assemble(message, {
      epoch: epoch.number,
      engine,
      level: this.#settings.level,
      locate: (startSeconds, endSeconds) => {
        const start = this.#timeline.locate(epoch.number, startSeconds, 'start');
        const end = this.#timeline.locate(epoch.number, endSeconds, 'end');
        return {
          startMs: start?.sourceMs ?? startSeconds * 1000,
          endMs: end?.sourceMs ?? endSeconds * 1000,
          wallMs: start?.wallMs,
          latencyMs: end?.wallMs === undefined ? undefined : Math.max(0, nowMs - end.wallMs),
        };
      },
    });
    for (const prediction of predictions) {
      if (this.#over) return;
      rememberMessage(prediction, message);
      this.#observer.next(prediction);
    }
  }

  #ended(epoch: Epoch, ended: StatusObject): void {
    clearTimeout(epoch.connectTimer);
    this.#open.delete(epoch);
    if (ended.code !== status.OK || !epoch.halfClosed) {
      this.#fail(statusError(this.#settings.endpoint, ended, epoch.halfClosed));
      return;
    }
    this.#report('drained', epoch.number, epoch.call.engine);
    if (this.#ending && this.#open.size === 0) this.#finish();
  }

  #endAudio(ending: { error?: unknown; failed: boolean }): void {
    if (this.#over || this.#ending) return;
    this.#ending = ending;
    if (this.#open.size === 0) {
      this.#finish();
      return;
    }
    this.#halfClose(this.#current);
    this.#awaitDrain();
  }

  #halfClose(epoch: Epoch | undefined): void {
    if (!epoch || epoch.halfClosed || !this.#open.has(epoch)) return;
    epoch.halfClosed = true;
    this.#report('draining', epoch.number, epoch.call.engine);
    epoch.call.halfClose();
  }

  /** (Re)starts the deadline for the server's next sign of life after the audio's end. */
  #awaitDrain(): void {
    clearTimeout(this.#drainTimer);
    const { drainTimeoutMs, endpoint } = this.#settings;
    this.#drainTimer = setTimeout(() => {
      this.#fail(
        new StreamingError(
          'DRAIN_TIMEOUT',
          `${endpoint} neither answered nor ended the stream for ${drainTimeoutMs} ms after the end of the audio; results that came before were delivered`,
          { retryable: true },
        ),
      );
    }, drainTimeoutMs);
  }

  #finish(): void {
    const { failed, error } = this.#ending ?? { failed: false };
    this.#close();
    if (failed) this.#observer.error(error);
    else this.#observer.complete();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#close();
    // What went wrong with the audio came first, and explains more than how the stream ended after it.
    this.#observer.error(this.#ending?.failed ? this.#ending.error : error);
  }

  #close(): void {
    this.#over = true;
    clearTimeout(this.#drainTimer);
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    for (const epoch of this.#open) {
      clearTimeout(epoch.connectTimer);
      epoch.call.cancel();
    }
    this.#open.clear();
    this.#source.release();
    if (this.#epochs === 0) return;
    emitEvent(this.#settings.events, { ...this.#statistics.summary(), stream: this.#label });
    this.#report('closed', this.#epochs - 1);
  }

  #warnOfPlaintext(): void {
    const { events, endpoint } = this.#settings;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'PLAINTEXT_ENDPOINT',
      message: `The API token and the audio travel readable to ${endpoint}, as allowInsecure allows.`,
      stream: this.#label,
    });
  }

  #report(state: SessionEvent['state'], epoch: number, engine?: 'local' | 'remote'): void {
    const { events, endpoint } = this.#settings;
    emitEvent(events, { type: 'session', state, epoch, endpoint, ...(engine && { engine }), stream: this.#label });
  }
}

function aborted(signal: AbortSignal | undefined): StreamingError {
  return new StreamingError('ABORTED', 'The session was aborted by its signal', { cause: signal?.reason });
}
