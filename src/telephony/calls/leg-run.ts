import { type Observable, type OperatorFunction, Subject, Subscription } from 'rxjs';
import { type AudioChunk, startMs } from '../../audio/index.js';
import type { EventObserver } from '../../events/index.js';
import type { Flow } from '../../flow/index.js';
import { chunk } from '../../operators/chunk.js';
import { type JudgedChunk, SpeechJudge } from '../../operators/gating/speech-judge.js';
import { mapAsync } from '../../operators/map-async.js';
import { untilClosed } from '../../operators/until-closed.js';
import type { LegClock } from './call-clock.js';
import type { SharedVad } from './shared-vad.js';
import { type PcmChunk, toLegPcm } from './to-leg-pcm.js';

/** A verdict on a leg's frame, on the call's clock. */
export interface LegFrame {
  readonly startMs: number;
  readonly endMs: number;
  readonly isSpeech: boolean;
}

/** What a leg is made of. */
export interface LegRunOptions {
  readonly name: string;
  readonly source: Observable<AudioChunk>;
  readonly analyze: OperatorFunction<PcmChunk, unknown> | undefined;
  readonly clock: LegClock;
  readonly vad: SharedVad;
  readonly threshold: number;
  readonly chunkMs: number;
  readonly events: EventObserver | undefined;
}

/** Who is told what a leg does. */
export interface LegObserver {
  /** The first audio begins there. */
  joined(atMs: number): void;
  /** Audio up to there was judged, and handed to the analysis. */
  heard(frames: readonly LegFrame[], endMs: number, flow: Flow): void;
  result(value: unknown): void;
  failed(what: 'audio' | 'analysis', error: unknown): void;
  /** The audio is over; when it failed, that was told before. */
  audioOver(): void;
  /** The audio is over, and so are the results. */
  over(): void;
}

/** One leg of a call: its audio is judged for speech, handed to the analysis, and reported. */
export class LegRun {
  readonly #options: LegRunOptions;
  readonly #observer: LegObserver;
  readonly #judge: SpeechJudge;
  readonly #input = new Subject<AudioChunk>();
  readonly #audio = new Subject<PcmChunk>();
  readonly #upstream = new Subscription();
  readonly #subscriptions = new Subscription();
  /** Where the run of audio that the detector counts from begins, in the source's milliseconds. */
  #runMs = 0;
  #hasJoined = false;
  #isAudioOver = false;
  #isAnalysisOver = false;
  #hasAudioFailed = false;

  constructor(options: LegRunOptions, observer: LegObserver) {
    this.#options = options;
    this.#observer = observer;
    const { vad, threshold, events, name } = options;
    this.#judge = new SpeechJudge({
      vad: () => vad.open(),
      onThreshold: threshold,
      events,
      operator: 'call()',
      consequence: `the leg ${name} counts as silent from here on`,
    });
  }

  /** Builds everything below the source, so that no audio is lost when it begins. */
  prepare(): void {
    const { analyze, chunkMs, events } = this.#options;
    this.#subscriptions.add(this.#upstream);
    if (analyze) {
      this.#subscriptions.add(
        this.#audio.pipe(chunk(chunkMs), analyze).subscribe({
          next: (value) => this.#observer.result(value),
          error: (error) => this.#analysisFailed(error),
          complete: () => this.#analysisOver(),
        }),
      );
    } else this.#isAnalysisOver = true;
    this.#subscriptions.add(
      this.#input
        .pipe(
          toLegPcm(events),
          mapAsync((audio) => this.#judge.judge(audio)),
        )
        .subscribe({
          next: (judged) => this.#heard(judged),
          error: (error) => this.#audioFailed(error),
          complete: () => this.#audioOver(() => this.#audio.complete()),
        }),
    );
    this.#subscriptions.add(() => this.#judge.close());
  }

  /** Subscribes to the source. */
  connect(): void {
    if (this.#upstream.closed) return;
    this.#upstream.add(this.#options.source.pipe(untilClosed(this.#upstream)).subscribe(this.#input));
  }

  /** Lets go of everything, without another word. */
  stop(): void {
    this.#subscriptions.unsubscribe();
  }

  #heard({ chunk: audio, flow, begins, frames, isUnjudged }: JudgedChunk): void {
    const { clock } = this.#options;
    const { startMs: atMs, endMs } = clock.place(audio);
    if (begins) this.#runMs = startMs(audio);
    const offsetMs = atMs - startMs(audio);
    const toCallMs = (samples: number) => this.#runMs + (samples / audio.format.sampleRate) * 1000 + offsetMs;
    if (!this.#hasJoined) {
      this.#hasJoined = true;
      this.#observer.joined(atMs);
    }
    this.#audio.next(audio);
    const judged = frames.map(({ start, end, isSpeech }) => ({ startMs: toCallMs(start), endMs: toCallMs(end), isSpeech }));
    // Without a detector, the leg is silent rather than unheard.
    if (isUnjudged) judged.push({ startMs: judged.at(-1)?.endMs ?? atMs, endMs, isSpeech: false });
    this.#observer.heard(judged, endMs, flow);
  }

  #audioFailed(error: unknown): void {
    this.#hasAudioFailed = true;
    this.#observer.failed('audio', error);
    // The analysis gives what it has, and ends with the same error.
    this.#audioOver(() => this.#audio.error(error));
  }

  #audioOver(tell: () => void): void {
    this.#isAudioOver = true;
    this.#observer.audioOver();
    tell();
    this.#judge.close();
    this.#finish();
  }

  #analysisFailed(error: unknown): void {
    if (!this.#hasAudioFailed) this.#observer.failed('analysis', error);
    this.#analysisOver();
  }

  #analysisOver(): void {
    this.#isAnalysisOver = true;
    this.#finish();
  }

  #finish(): void {
    if (this.#isAudioOver && this.#isAnalysisOver) this.#observer.over();
  }
}
