import { FrameJudge } from '../vad/frame-judge.js';
import type { Vad } from '../vad/index.js';
import { SampleIntake } from '../vad/sample-intake.js';
import type { EngineStream, EngineStreamOptions } from './engine.js';
import { ANALYSIS_DELAY } from './features/speech-analyser.js';
import { SampleHistory } from './sample-history.js';
import type { SegmentationOptions } from './segmentation-options.js';
import { longestLookBack, Segmenter } from './segmenter.js';
import { type ReporterSettings, UtteranceReporter } from './utterance-reporter.js';

/** What all streams of an engine have in common. */
export interface AnalysisSettings extends ReporterSettings {
  vad: Vad;
  segmentation: SegmentationOptions;
}

/** One stream: to 16 kHz, through the VAD, cut into utterances, analysed where there is speech. */
export class AnalysisStream implements EngineStream {
  readonly #intake: SampleIntake;
  readonly #history: SampleHistory;
  readonly #judge: FrameJudge;
  readonly #segmenter: Segmenter;
  readonly #reporter: UtteranceReporter;
  #state: 'open' | 'ended' | 'cancelled' = 'open';

  constructor(settings: AnalysisSettings, options: EngineStreamOptions) {
    const { vad, segmentation } = settings;
    this.#intake = new SampleIntake(options.sampleRate);
    this.#judge = new FrameJudge(vad, (frame, probability) => this.#accept(frame, probability));
    this.#history = new SampleHistory(longestLookBack(segmentation, vad.frameLength) + ANALYSIS_DELAY);
    this.#reporter = new UtteranceReporter(this.#history, settings, options);
    this.#segmenter = new Segmenter(vad.frameLength, segmentation, this.#reporter);
  }

  push(samples: Int16Array): void | Promise<void> {
    if (this.#state !== 'open') return;
    const consumed = this.#judge.push(this.#intake.convert(samples));
    return consumed ? consumed.then(() => this.#reporter.settled('some')) : this.#reporter.settled('some');
  }

  end(): void | Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    const consumed = this.#judge.push(this.#intake.flush());
    if (consumed) return consumed.then(() => this.#finish());
    return this.#finish();
  }

  cancel(): void {
    if (this.#state === 'cancelled') return;
    this.#state = 'cancelled';
    this.#reporter.cancel();
    this.#free();
  }

  #accept(frame: Int16Array, probability: number): void {
    this.#history.append(frame);
    this.#segmenter.push(probability);
  }

  #finish(): void | Promise<void> {
    if (this.#state === 'cancelled') return;
    this.#history.append(this.#judge.rest);
    this.#segmenter.finish(this.#history.total);
    this.#free();
    return this.#reporter.settled('all');
  }

  #free(): void {
    this.#intake.close();
    this.#judge.close();
  }
}
