import { FrameCutter } from '../vad/frame-cutter.js';
import type { Vad, VadStream } from '../vad/index.js';
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
  readonly #cutter: FrameCutter;
  readonly #vad: VadStream;
  readonly #segmenter: Segmenter;
  readonly #reporter: UtteranceReporter;
  #state: 'open' | 'ended' | 'cancelled' = 'open';
  #judging = false;
  #freed = false;

  constructor(settings: AnalysisSettings, options: EngineStreamOptions) {
    const { vad, segmentation } = settings;
    this.#intake = new SampleIntake(options.sampleRate);
    this.#cutter = new FrameCutter(vad.frameLength);
    this.#vad = vad.open();
    this.#history = new SampleHistory(longestLookBack(segmentation, vad.frameLength) + ANALYSIS_DELAY);
    this.#reporter = new UtteranceReporter(this.#history, settings, options);
    this.#segmenter = new Segmenter(vad.frameLength, segmentation, this.#reporter);
  }

  push(samples: Int16Array): void | Promise<void> {
    if (this.#state !== 'open') return;
    const consumed = this.#consume(this.#intake.convert(samples));
    return consumed ? consumed.then(() => this.#reporter.settled('some')) : this.#reporter.settled('some');
  }

  end(): void | Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    const consumed = this.#consume(this.#intake.flush());
    if (consumed) return consumed.then(() => this.#finish());
    return this.#finish();
  }

  cancel(): void {
    if (this.#state === 'cancelled') return;
    this.#state = 'cancelled';
    this.#reporter.cancel();
    if (!this.#judging) this.#free();
  }

  #consume(samples: Int16Array): void | Promise<void> {
    this.#cutter.give(samples);
    while (this.#cutter.next()) {
      const probability = this.#vad.judge(this.#cutter.frame);
      if (typeof probability !== 'number') return this.#consumeAsync(probability);
      this.#accept(probability);
      if (this.#state === 'cancelled') return;
    }
  }

  async #consumeAsync(first: Promise<number>): Promise<void> {
    this.#judging = true;
    try {
      let probability = await first;
      while (this.#state !== 'cancelled') {
        this.#accept(probability);
        if (!this.#cutter.next()) return;
        probability = await this.#vad.judge(this.#cutter.frame);
      }
    } finally {
      this.#judging = false;
      if (this.#state === 'cancelled') this.#free();
    }
  }

  #accept(probability: number): void {
    this.#history.append(this.#cutter.frame);
    this.#segmenter.push(probability);
  }

  #finish(): void | Promise<void> {
    if (this.#state === 'cancelled') return;
    this.#history.append(this.#cutter.rest);
    this.#segmenter.finish(this.#history.total);
    this.#free();
    return this.#reporter.settled('all');
  }

  #free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#intake.close();
    this.#vad.close();
  }
}
