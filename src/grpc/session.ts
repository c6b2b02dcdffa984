import { type StatusObject, status } from '@grpc/grpc-js';
import { type AudioChunk, type Pcm, Timeline } from '../audio/index.js';
import type { StreamingError } from '../errors/index.js';
import { DrainDeadline } from './drain-deadline.js';
import { Epoch, IN_FLIGHT_LIMIT_MS } from './epoch.js';
import { Handover } from './handover.js';
import { MissingAudio } from './missing-audio.js';
import { onAbort } from './on-abort.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { Reconnector, type Stretch } from './reconnector.js';
import { ReplayRing } from './replay-ring.js';
import { SessionCalls } from './session-calls.js';
import { type AudioEnd, SessionEnd } from './session-end.js';
import type { SessionObserver } from './session-observer.js';
import { SessionReporter } from './session-reporter.js';
import { SessionResults } from './session-results.js';
import type { SessionSettings } from './session-settings.js';
import { SourcePacing } from './source-pacing.js';
import { abortedError, statusError } from './status-error.js';
import { UnansweredAudio } from './unanswered-audio.js';

/** New audio after which a call counts as working, when it had nothing to answer. */
const WORKING_MS = 10_000;
/**
 * Streams 16-bit mono audio to the service and yields predictions placed on the source's timeline.
 *
 * The first chunk opens a server call at its rate. Another follows when the rate changes, when a call fails for a passing reason, when its
 * server says GOAWAY, and when it grows too old; the new call begins with what has no result yet. Each call is an epoch of the timeline.
 * Audio that waits is bounded by holding the source's flow.
 */
export class Session {
  readonly #settings: SessionSettings;
  readonly #observer: SessionObserver;
  readonly #timeline = new Timeline();
  readonly #ring: ReplayRing;
  readonly #results: SessionResults;
  readonly #reconnector: Reconnector;
  readonly #reporter: SessionReporter;
  readonly #handover: Handover;
  readonly #missing: MissingAudio;
  readonly #source: SourcePacing;
  readonly #unanswered: UnansweredAudio;
  readonly #end: SessionEnd;
  readonly #calls = new SessionCalls();
  readonly #ignoreSignal: () => void;
  #opened = 0;
  #wasOpen = false;

  constructor(settings: SessionSettings, observer: SessionObserver) {
    this.#settings = settings;
    this.#observer = observer;
    this.#reconnector = new Reconnector(settings.reconnect);
    this.#reporter = new SessionReporter(settings);
    this.#source = new SourcePacing(this.#reporter.statistics);
    const drain = new DrainDeadline(settings, (error) => this.#end.fail(error));
    this.#end = new SessionEnd(observer, drain, (cause) => this.#close(cause));
    this.#results = new SessionResults(this.#timeline, settings.level, this.#reporter);
    this.#missing = new MissingAudio(this.#reporter);
    this.#ring = new ReplayRing(settings.buffer);
    this.#unanswered = new UnansweredAudio(this.#ring, this.#results, this.#reporter);
    this.#handover = new Handover(settings, {
      calls: this.#calls,
      unanswered: this.#unanswered,
      reconnector: this.#reconnector,
      reporter: this.#reporter,
      connect: (sampleRate) => this.#connect(sampleRate),
      carryOn: (epoch, stretch) => this.#carryOn(epoch, stretch),
    });
    this.#ignoreSignal = onAbort(settings.signal, () => this.#end.fail(abortedError(settings.signal)));
  }

  /** Sends a chunk, and holds its flow while too much audio waits for the transport. */
  write(chunk: AudioChunk<Pcm<'s16le', 1>>): void {
    if (this.#end.isNear || this.#end.isOver || this.#settings.signal?.aborted || chunk.length === 0) return;
    this.#missing.follow(chunk);
    const index = this.#ring.end;
    const { sampleRate } = chunk.format;
    this.#reporter.label = chunk.timing.source.label;
    this.#ring.append(chunk);
    if (this.#calls.sampleRate !== sampleRate) {
      this.#endBefore(index);
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
    this.#end.close();
    this.#source.release();
  }

  #open(stretch: Stretch): Epoch | undefined {
    const epoch = this.#connect(stretch.sampleRate);
    if (epoch) this.#begin(epoch, stretch);
    return epoch;
  }

  /** Makes a server call for audio to come. */
  #connect(sampleRate: number): Epoch | undefined {
    if (this.#end.isOver) return undefined;
    const number = this.#opened++;
    this.#reporter.state('connecting', number);
    // Whoever hears of it may have ended the session.
    if (this.#end.isOver) return undefined;
    try {
      const epoch: Epoch = new Epoch({
        settings: this.#settings,
        number,
        sampleRate,
        ring: this.#ring,
        timeline: this.#timeline,
        observer: {
          open: () => this.#isOpen(epoch),
          leaving: () => this.#handover.leaving(epoch),
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
      return epoch;
    } catch (error) {
      this.#end.fail(error);
      return undefined;
    }
  }

  /** Has a call carry a stretch of audio. */
  #begin(epoch: Epoch, { from, skipMs, end }: Stretch): void {
    const { number } = epoch;
    this.#calls.add(epoch);
    epoch.begin(from, skipMs);
    const { replayMs } = epoch;
    try {
      if (replayMs > 0) {
        this.#reporter.statistics.replayed(replayMs);
        this.#reporter.state('replayed', number, { replayMs });
        this.#reconnector.replayed(replayMs);
      }
      epoch.endBefore(end);
    } catch (error) {
      this.#end.fail(error);
    }
  }

  #isOpen(epoch: Epoch): void {
    this.#wasOpen = true;
    this.#reporter.state('open', epoch.number, { engine: epoch.engine });
    this.#handover.moveIfDue();
  }

  #receive(epoch: Epoch, message: StreamResult__Output, engine: 'local' | 'remote'): void {
    const { answeredMs } = this.#results;
    this.#reporter.statistics.received();
    this.#end.signOfLife();
    const news = this.#results.take(epoch, message, engine);
    // What was said before is no progress: the server may say it and fail again, for ever.
    if (news.length > 0) this.#reconnector.succeeded();
    for (const prediction of news) {
      if (this.#end.isOver) return;
      this.#observer.next(prediction);
    }
    if (this.#end.isOver) return;
    this.#results.forget(this.#ring.startMs);
    // An answered utterance means silence, the best time to move on.
    this.#handover.moveIfDue(this.#results.answeredMs > answeredMs);
  }

  #progressed(epoch: Epoch): void {
    if (this.#end.isOver) return;
    this.#end.signOfLife();
    this.#ring.trim(this.#calls.next);
    epoch.pump();
    if (epoch.newMs > WORKING_MS) this.#reconnector.succeeded();
    this.#handover.progressed(epoch);
    this.#paceSource();
  }

  /** Holds the source while more audio waits than the transport may, and lets go when it has caught up. */
  #paceSource(chunk?: AudioChunk): void {
    if (this.#end.isOver) return;
    this.#reporter.statistics.queued(this.#calls.queuedMs(this.#ring));
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
    if (this.#handover.drop(epoch, failure.code)) return;
    this.#calls.remove(epoch);
    // What a retired call left unanswered is its successor's.
    if (this.#end.isOver || epoch.retiredAtMs < Number.POSITIVE_INFINITY) {
      this.#finishIfDone();
      return;
    }
    try {
      if (!this.#wasOpen) throw failure;
      const backoffMs = this.#reconnector.delayAfter(failure);
      const standby = this.#handover.take(epoch);
      const delayMs = standby ? 0 : backoffMs;
      this.#end.suspend();
      const { number, sampleRate, end } = epoch;
      const start = this.#unanswered.startAfter(epoch);
      this.#unanswered.reportLost(start);
      const stretch: Stretch = { ...start, end, sampleRate };
      this.#reporter.state('reconnecting', number, { attempt: this.#reconnector.attempts, delayMs, cause: failure.code });
      this.#reporter.statistics.reconnected();
      if (standby) this.#carryOn(standby, stretch);
      else if (!this.#end.isOver) this.#calls.wait(stretch, delayMs, (waited) => this.#reopen(waited));
      this.#paceSource();
    } catch (error) {
      this.#end.fail(error);
    }
  }

  #reopen(stretch: Stretch): void {
    if (stretch.from >= stretch.end) {
      this.#finishIfDone();
      return;
    }
    const epoch = this.#connect(stretch.sampleRate);
    if (epoch) this.#carryOn(epoch, stretch);
  }

  /** Has a call carry what another has left. */
  #carryOn(epoch: Epoch, stretch: Stretch): void {
    // Whoever heard of what led here may have ended the session.
    if (this.#end.isOver) epoch.cancel();
    else this.#begin(epoch, stretch);
    if (this.#end.isOver) return;
    if (stretch.end === Number.POSITIVE_INFINITY && !epoch.isHalfClosed) this.#calls.current = epoch;
    this.#paceSource();
    this.#end.signOfLife();
  }

  /** Whoever carries the audio to come carries none from this entry on. */
  #endBefore(index: number): void {
    this.#handover.cancel();
    this.#calls.endBefore(index);
  }

  #endAudio(end: AudioEnd): void {
    if (this.#end.isNear || this.#end.isOver) return;
    this.#end.audioEnded(end);
    // Whoever shares the source need not wait for the results of this session.
    this.#source.release();
    this.#endBefore(this.#ring.end);
    if (this.#calls.areOpen) this.#end.signOfLife();
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#calls.areOver) this.#end.complete();
  }

  #close(cause: string | undefined): void {
    this.#ignoreSignal();
    this.#handover.cancel();
    this.#calls.cancel();
    this.#missing.report();
    if (this.#opened > 0) this.#reporter.closed(this.#opened - 1, cause);
  }
}
