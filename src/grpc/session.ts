import { type StatusObject, status } from '@grpc/grpc-js';
import { type AudioChunk, type Pcm, startMs, Timeline } from '../audio/index.js';
import type { StreamingError } from '../errors/index.js';
import { onAbort } from '../flow/index.js';
import { type Budget, isAffordable, openBudget } from './budget.js';
import { Connector } from './connector.js';
import { DrainDeadline } from './drain-deadline.js';
import type { Epoch } from './epoch.js';
import type { BudgetCut } from './epoch-observer.js';
import { Handover } from './handover.js';
import { IdleClose } from './idle-close.js';
import { MissingAudio } from './missing-audio.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { Reconnector, type Stretch } from './reconnector.js';
import { Recovery } from './recovery.js';
import { ReplayRing } from './replay-ring.js';
import { ResponseWatchdog } from './response-watchdog.js';
import { SessionCalls } from './session-calls.js';
import { type AudioEnd, SessionEnd } from './session-end.js';
import type { SessionObserver } from './session-observer.js';
import { SessionReporter } from './session-reporter.js';
import { SessionResults } from './session-results.js';
import type { SessionSettings } from './session-settings.js';
import { SourcePacing } from './source-pacing.js';
import { abortedError, statusError } from './status-error.js';
import { Steps } from './steps.js';
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
  readonly #recovery: Recovery;
  readonly #budget: Budget | undefined;
  readonly #missing: MissingAudio;
  readonly #idle: IdleClose;
  readonly #source: SourcePacing;
  readonly #unanswered: UnansweredAudio;
  readonly #end: SessionEnd;
  readonly #calls = new SessionCalls();
  readonly #watchdog: ResponseWatchdog;
  readonly #ignoreSignal: () => void;
  readonly #steps = new Steps(() => this.#source.settle());
  readonly #connector: Connector;
  #wasOpen = false;
  #isSpent = false;

  constructor(settings: SessionSettings, observer: SessionObserver) {
    this.#settings = settings;
    this.#observer = observer;
    this.#reconnector = new Reconnector(settings.reconnect);
    this.#reporter = new SessionReporter(settings);
    const drain: DrainDeadline = new DrainDeadline(settings, (error) => {
      // Who is about to call again has yet to be heard.
      if (this.#calls.areToCome) drain.restart();
      else this.#end.fail(error);
    });
    this.#end = new SessionEnd(observer, drain, (cause) => this.#close(cause));
    this.#results = new SessionResults(this.#timeline, settings.level, this.#reporter);
    this.#missing = new MissingAudio(this.#reporter);
    this.#ring = new ReplayRing(settings.buffer);
    this.#idle = new IdleClose(settings.closeAfterIdleMs, () => this.#steps.take(() => this.#endBefore(this.#ring.end)));
    this.#source = new SourcePacing(this.#ring, this.#calls, this.#reporter.statistics, this.#idle);
    this.#unanswered = new UnansweredAudio(this.#ring, this.#results, this.#reporter, this.#missing);
    this.#budget = settings.budget && openBudget('budget', settings.budget);
    const parts = {
      calls: this.#calls,
      unanswered: this.#unanswered,
      reconnector: this.#reconnector,
      reporter: this.#reporter,
      budget: this.#budget,
      steps: this.#steps,
      connect: (sampleRate: number) => this.#connector.connect(sampleRate),
      carryOn: (epoch: Epoch, stretch: Stretch) => this.#carryOn(epoch, stretch),
    };
    this.#handover = new Handover(settings, parts);
    this.#connector = new Connector(settings, {
      ...parts,
      ring: this.#ring,
      timeline: this.#timeline,
      missing: this.#missing,
      handover: this.#handover,
      end: this.#end,
      opened: (epoch) => this.#isOpen(epoch),
      received: (epoch, message, engine) => this.#receive(epoch, message, engine),
      progressed: (epoch) => this.#progressed(epoch),
      outOfBudget: (cut) => this.#outOfBudget(cut.atMs, cut),
      ended: (epoch, ended) => this.#ended(epoch, ended),
      failed: (epoch, failure) => this.#failed(epoch, failure),
    });
    this.#recovery = new Recovery({
      ...parts,
      handover: this.#handover,
      isOver: () => this.#end.isOver,
      outOfBudget: (atMs) => this.#outOfBudget(atMs),
      nothingLeft: () => this.#finishIfDone(),
    });
    this.#watchdog = new ResponseWatchdog(settings, { ...parts, ring: this.#ring, results: this.#results });
    this.#ignoreSignal = onAbort(settings.signal, () => this.#end.fail(abortedError(settings.signal)));
  }

  /**
   * Sends a chunk, and holds its flow while too much audio waits for the transport.
   *
   * Merged sources (PipelineError `INTERLEAVED_SOURCES`) end the session like an error of the audio.
   */
  write(chunk: AudioChunk<Pcm<'s16le', 1>>): void {
    if (!this.#steps.take(() => this.#take(chunk))) this.#source.hold(chunk);
  }

  /** Ends the audio: half-closes, and completes once every result has come. */
  end(): void {
    this.#steps.take(() => this.#endAudio({ failed: false }));
  }

  /** The audio failed: results of what was sent are still awaited, then the error is passed on. */
  endWithError(error: unknown): void {
    this.#steps.take(() => this.#endAudio({ error, failed: true }));
  }

  /** Ends everything at once, and lets go of the source; nothing is reported any more. Call it after the last report too. */
  cancel(): void {
    this.#end.close();
    this.#source.letGo();
  }

  #take(chunk: AudioChunk<Pcm<'s16le', 1>>): void {
    if (this.#end.isNear || this.#end.isOver || this.#settings.signal?.aborted || chunk.length === 0) return;
    try {
      this.#missing.follow(chunk);
    } catch (error) {
      this.#observer.enough();
      this.#endAudio({ error, failed: true });
      return;
    }
    const index = this.#ring.end;
    const { sampleRate } = chunk.format;
    this.#reporter.label = chunk.timing.source.label;
    if (!isAffordable(this.#budget, 0, sampleRate)) {
      this.#outOfBudget(startMs(chunk));
      return;
    }
    this.#ring.append(chunk);
    if (this.#idle.follow(chunk) || this.#calls.sampleRate !== sampleRate) {
      this.#endBefore(index);
      const epoch = this.#connector.connect(sampleRate);
      if (epoch) this.#carryOn(epoch, { from: index, skipMs: 0, end: Number.POSITIVE_INFINITY, sampleRate });
    }
    this.#calls.current?.pump();
    // A source that can't pause goes on while a call is made, and against a server that reads slowly.
    for (const dropped of this.#ring.dropWaiting()) this.#missing.add('dropped', dropped);
    this.#source.pace(chunk);
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
    this.#source.pace();
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
      this.#recovery.follow(epoch, failure);
      this.#source.pace();
    } catch (error) {
      this.#end.fail(error);
    }
  }

  /** Has a call carry a stretch of audio, what another has left for instance. */
  #carryOn(epoch: Epoch, stretch: Stretch): void {
    // Whoever heard of what led here may have ended the session.
    if (this.#end.isOver) {
      epoch.cancel();
      return;
    }
    this.#calls.add(epoch);
    epoch.begin(stretch);
    const { number, replayMs } = epoch;
    try {
      this.#reconnector.replayed(replayMs);
      if (replayMs > 0) this.#reporter.state('replayed', number, { replayMs });
      epoch.endBefore(stretch.end);
    } catch (error) {
      this.#end.fail(error);
    }
    if (this.#end.isOver) return;
    if (stretch.end === Number.POSITIVE_INFINITY && !epoch.isHalfClosed) this.#calls.current = epoch;
    this.#source.pace();
    this.#end.signOfLife();
  }

  /** Whoever carries the audio to come carries none from this entry on. */
  #endBefore(index: number): void {
    this.#handover.cancel();
    this.#calls.endBefore(index);
  }

  /** Nothing more is heard from a moment of the source on, in milliseconds, of what a call carries or was to carry. */
  #outOfBudget(atMs: number, cut?: BudgetCut): void {
    if (this.#end.isOver || !this.#budget) return;
    if (cut) this.#unanswered.forfeitAfter(cut);
    if (!this.#isSpent) this.#reporter.outOfBudget(this.#budget, atMs);
    this.#isSpent = true;
    if (this.#end.isNear) {
      this.#finishIfDone();
      return;
    }
    // First, since the source may go on before the session has let go of it.
    this.#observer.enough();
    this.#endAudio({ failed: false });
  }

  #endAudio(end: AudioEnd): void {
    if (this.#end.isNear || this.#end.isOver) return;
    this.#end.audioEnded(end);
    // Whoever shares the source need not wait for the results of this session.
    this.#source.letGo();
    this.#endBefore(this.#ring.end);
    if (this.#calls.areOpen) this.#end.signOfLife();
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#calls.areOver) this.#end.complete();
  }

  #close(cause: string | undefined): void {
    this.#ignoreSignal();
    this.#watchdog.stop();
    this.#handover.cancel();
    this.#calls.cancel();
    this.#source.stop();
    this.#missing.report();
    if (this.#connector.made > 0) this.#reporter.closed(this.#connector.made - 1, cause);
  }
}
