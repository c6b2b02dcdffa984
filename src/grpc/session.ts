import { type StatusObject, status } from '@grpc/grpc-js';
import { type AudioChunk, type Pcm, Timeline } from '../audio/index.js';
import type { StreamingError } from '../errors/index.js';
import { DrainDeadline } from './drain-deadline.js';
import { Epoch, IN_FLIGHT_LIMIT_MS } from './epoch.js';
import { MissingAudio } from './missing-audio.js';
import { onAbort } from './on-abort.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { Reconnector, type Stretch } from './reconnector.js';
import { ReplayRing, type ReplayRingOptions } from './replay-ring.js';
import { replayStart } from './replay-start.js';
import { SessionCalls } from './session-calls.js';
import type { SessionObserver } from './session-observer.js';
import { SessionReporter } from './session-reporter.js';
import { SessionResults } from './session-results.js';
import type { SessionSettings } from './session-settings.js';
import { SourcePacing } from './source-pacing.js';
import { abortedError, statusError } from './status-error.js';

/** New audio after which a call counts as working, when it had nothing to answer. */
const WORKING_MS = 10_000;
/** What may wait to be sent when nothing is kept for replay. */
const WAITING = { maxUnsentMs: 45_000, maxUnsentBytes: 8 * 1024 * 1024 };
/** How much longer than `maxStreamDurationMs` a call may last while speech goes on. */
const ROTATION_GRACE_MS = 15_000;

/**
 * Streams 16-bit mono audio to the service and yields predictions placed on the source's timeline.
 *
 * The first chunk opens a server call at its rate. Another follows when the rate changes, when a call fails for a passing reason (the end
 * of a GOAWAY's grace is one), and when a call grows too old; after a failure the new call begins with what has no result yet. Each
 * call is an epoch of the timeline. Audio that waits is bounded by holding the source's flow.
 */
export class Session {
  readonly #settings: SessionSettings;
  readonly #observer: SessionObserver;
  readonly #timeline = new Timeline();
  readonly #ring: ReplayRing;
  readonly #results: SessionResults;
  readonly #reconnector: Reconnector;
  readonly #reporter: SessionReporter;
  readonly #missing: MissingAudio;
  readonly #source: SourcePacing;
  readonly #drain: DrainDeadline;
  readonly #calls = new SessionCalls();
  readonly #ignoreSignal: () => void;
  #opened = 0;
  #wasOpen = false;
  #ending: { error?: unknown; failed: boolean } | undefined;
  #over = false;

  constructor(settings: SessionSettings, observer: SessionObserver) {
    this.#settings = settings;
    this.#observer = observer;
    this.#reconnector = new Reconnector(settings.reconnect);
    this.#reporter = new SessionReporter(settings);
    this.#source = new SourcePacing(this.#reporter.statistics);
    this.#drain = new DrainDeadline(settings, (error) => this.#fail(error));
    this.#results = new SessionResults(this.#timeline, settings.level);
    this.#missing = new MissingAudio(this.#reporter);
    this.#ring = new ReplayRing(ringBounds(settings));
    this.#ignoreSignal = onAbort(settings.signal, () => this.#fail(abortedError(settings.signal)));
  }

  /** Sends a chunk, and holds its flow while too much audio waits for the transport. */
  write(chunk: AudioChunk<Pcm<'s16le', 1>>): void {
    if (this.#over || this.#ending || this.#settings.signal?.aborted || chunk.length === 0) return;
    const index = this.#ring.end;
    const { sampleRate } = chunk.format;
    this.#reporter.label = chunk.timing.source.label;
    this.#ring.append(chunk);
    if (this.#calls.sampleRate !== sampleRate) {
      this.#calls.endBefore(index);
      this.#calls.current = this.#open({ from: index, skipMs: 0, end: Number.POSITIVE_INFINITY, sampleRate });
    }
    this.#calls.current?.pump();
    // A source that can't pause goes on while a call is made, and against a server that reads slowly.
    for (const dropped of this.#ring.dropWaiting()) this.#missing.add('dropped', dropped);
    this.#paceSource(chunk);
  }

  /** Ends the audio: half-closes, and completes once every result has come. */
  end(): void {
    this.#endAudio({ failed: false });
  }

  /** The audio failed: results of what was sent are still awaited, then the error is passed on. */
  endWithError(error: unknown): void {
    this.#endAudio({ error, failed: true });
  }

  /** Ends everything at once, and lets go of the source; nothing is reported any more. Call it after the last report too. */
  cancel(): void {
    if (!this.#over) this.#close();
    this.#source.release();
  }

  #open({ from, skipMs, end, sampleRate }: Stretch): Epoch | undefined {
    if (this.#over) return undefined;
    const number = this.#opened++;
    this.#reporter.state('connecting', number);
    // Whoever hears of it may have ended the session.
    if (this.#over) return undefined;
    try {
      const epoch: Epoch = new Epoch({
        settings: this.#settings,
        number,
        sampleRate,
        ring: this.#ring,
        timeline: this.#timeline,
        from,
        skipMs,
        observer: {
          open: () => {
            this.#wasOpen = true;
            this.#reporter.state('open', number, { engine: epoch.engine });
          },
          result: (message, engine) => this.#receive(epoch, message, engine),
          sent: (ms, bytes, inFlightMs) => {
            this.#missing.report();
            this.#reporter.statistics.written(ms, bytes, inFlightMs);
          },
          progress: () => this.#progressed(epoch),
          halfClosed: () => this.#reporter.state('draining', number, { engine: epoch.engine }),
          end: (ended) => this.#ended(epoch, ended),
          hang: (error) => this.#failed(epoch, error),
        },
      });
      this.#calls.add(epoch);
      if (epoch.replayMs > 0) {
        this.#reporter.statistics.replayed(epoch.replayMs);
        this.#reporter.state('replayed', number, { replayMs: epoch.replayMs });
        this.#reconnector.replayed(epoch.replayMs);
      }
      epoch.endBefore(end);
      return epoch;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #receive(epoch: Epoch, message: StreamResult__Output, engine: 'local' | 'remote'): void {
    const { answeredMs } = this.#results;
    this.#reporter.statistics.received();
    if (this.#ending) this.#drain.restart();
    const news = this.#results.take(epoch, message, engine);
    // What was said before is no progress: the server may say it and fail again, for ever.
    if (news.length > 0) this.#reconnector.succeeded();
    for (const prediction of news) {
      if (this.#over) return;
      this.#observer.next(prediction);
    }
    if (this.#over) return;
    this.#results.forget(this.#ring.startMs);
    // An answered utterance means silence, the best time to move on.
    if (this.#results.answeredMs > answeredMs && epoch.newMs > this.#settings.maxStreamDurationMs) this.#rotate(epoch);
  }

  #progressed(epoch: Epoch): void {
    if (this.#over) return;
    if (this.#ending) this.#drain.restart();
    this.#ring.trim(this.#calls.next);
    epoch.pump();
    if (epoch.newMs > WORKING_MS) this.#reconnector.succeeded();
    if (epoch.newMs > this.#settings.maxStreamDurationMs + ROTATION_GRACE_MS) this.#rotate(epoch);
    this.#paceSource();
  }

  /** Holds the source while more audio waits than the transport may, and lets go when it has caught up. */
  #paceSource(chunk?: AudioChunk): void {
    if (this.#over) return;
    const { current } = this.#calls;
    if (current && this.#ring.endMs - current.takenMs <= IN_FLIGHT_LIMIT_MS) this.#source.release();
    else if (chunk) this.#source.hold(chunk);
  }

  #ended(epoch: Epoch, ended: StatusObject): void {
    const { number, engine, isTaken } = epoch;
    if (ended.code !== status.OK || !isTaken) {
      this.#failed(epoch, statusError(this.#settings.endpoint, ended, isTaken));
      return;
    }
    this.#calls.remove(epoch);
    this.#reporter.state('drained', number, { engine });
    this.#finishIfDone();
  }

  /** A call failed: another follows after a delay, or the session ends with the failure. */
  #failed(epoch: Epoch, failure: StreamingError): void {
    this.#calls.remove(epoch);
    // What a retired call left unanswered is its successor's.
    if (this.#over || epoch.retiredAtMs < Number.POSITIVE_INFINITY) {
      this.#finishIfDone();
      return;
    }
    try {
      if (!this.#wasOpen) throw failure;
      const delayMs = this.#reconnector.delayAfter(failure);
      this.#drain.clear();
      const { number, sampleRate, end } = epoch;
      const stretch: Stretch = { ...this.#replayStart(epoch), end, sampleRate };
      this.#reporter.state('reconnecting', number, { attempt: this.#reconnector.attempts, delayMs, cause: failure.code });
      this.#reporter.statistics.reconnected();
      if (this.#over) return;
      this.#calls.wait(stretch, delayMs, (waited) => this.#reopen(waited));
    } catch (error) {
      this.#fail(error);
    }
  }

  #reopen(stretch: Stretch): void {
    if (stretch.from >= stretch.end) {
      this.#finishIfDone();
      return;
    }
    const epoch = this.#open(stretch);
    if (stretch.end === Number.POSITIVE_INFINITY && !epoch?.isHalfClosed) this.#calls.current = epoch;
    this.#paceSource();
    if (this.#ending && !this.#over) this.#drain.restart();
  }

  /** Where an epoch's audio begins that has no result yet. */
  #replayStart({ next, sampleRate }: Epoch): Pick<Stretch, 'from' | 'skipMs'> {
    const { gap, ...start } = replayStart(this.#ring, this.#results.answeredMs, next, sampleRate);
    if (gap) this.#reporter.gap('unanswered', gap.startMs, gap.endMs);
    return start;
  }

  /** Moves on to a new call: the old one is left to answer what ended before the new one begins. */
  #rotate(epoch: Epoch): void {
    if (this.#over || epoch !== this.#calls.current || epoch.isHalfClosed || !this.#settings.reconnect) return;
    const { sampleRate, end } = epoch;
    const start = this.#replayStart(epoch);
    epoch.retiredAtMs = (this.#ring.at(start.from)?.startMs ?? this.#ring.endMs) + start.skipMs;
    this.#reporter.state('rotated', epoch.number, { engine: epoch.engine });
    epoch.endBefore(epoch.next);
    this.#calls.current = this.#open({ ...start, end, sampleRate });
  }

  #endAudio(ending: { error?: unknown; failed: boolean }): void {
    if (this.#over || this.#ending) return;
    this.#ending = ending;
    // Whoever shares the source need not wait for the results of this session.
    this.#source.release();
    this.#calls.endBefore(this.#ring.end);
    if (this.#calls.areOpen) this.#drain.restart();
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (!this.#ending || !this.#calls.areOver || this.#over) return;
    this.#close();
    if (this.#ending.failed) this.#observer.error(this.#ending.error);
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
    this.#drain.clear();
    this.#ignoreSignal();
    this.#calls.cancel();
    this.#missing.report();
    if (this.#opened > 0) this.#reporter.closed(this.#opened - 1);
  }
}

function ringBounds({ reconnect }: SessionSettings): ReplayRingOptions {
  if (!reconnect) return { maxMs: 0, maxBytes: 0, ...WAITING };
  const { bufferMs, bufferBytes } = reconnect;
  return { maxMs: bufferMs, maxBytes: bufferBytes, maxUnsentMs: bufferMs, maxUnsentBytes: bufferBytes };
}
