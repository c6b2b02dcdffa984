import type { Level } from '../predictions/index.js';
import type { EngineStreamOptions, TaskResult } from './engine.js';
import { ENGINE_SAMPLE_RATE } from './engine-sample-rate.js';
import { Functionals, FunctionalsMeter } from './features/egemaps/index.js';
import { HOP_LENGTH } from './features/frame-spectrum.js';
import { SpeakerBaseline } from './features/speaker-baseline.js';
import { SpeechAnalyser } from './features/speech-analyser.js';
import { SpeechEvidence } from './features/speech-evidence.js';
import type { ModelHost } from './models/loaded-model.js';
import { type ModelMaterial, ResultEmitter } from './result-emitter.js';
import type { SampleHistory } from './sample-history.js';
import type { SegmenterListener } from './segmenter.js';
import { taskResult } from './task-result.js';
import { TASK_MODELS, type TaskContext, type TaskModel } from './tasks/index.js';
import { UtteranceAudio } from './utterance-audio.js';

/** A shorter gap between two utterances, in samples (1.5 s), is a pause of the one who speaks on; a longer one ends the thought. */
const LONGEST_GAP = 1.5 * ENGINE_SAMPLE_RATE;

/** What all streams of an engine tell their reporters. */
export interface ReporterSettings {
  language: string;
  /** Runs the user's models. */
  models?: ModelHost | undefined;
}

/** Which analysis asks a task's question. */
function analysisOf(task: string): EngineStreamOptions['analysis'] {
  return task === 'deepfake' || task === 'generator' ? 'deepfake' : 'behavior';
}

/** Turns what the segmenter finds into analysed results: a row per segment, and one per utterance from all its evidence. */
export class UtteranceReporter implements SegmenterListener {
  readonly #options: EngineStreamOptions;
  readonly #models: readonly TaskModel[];
  readonly #baseline = new SpeakerBaseline();
  readonly #context: TaskContext;
  readonly #segment = new SpeechEvidence();
  readonly #utterance = new SpeechEvidence();
  readonly #analyser: SpeechAnalyser;
  readonly #emitter: ResultEmitter;
  /** Only where somebody wants them. */
  readonly #functionals: { segment: Functionals; utterance: Functionals } | undefined;
  readonly #audio: UtteranceAudio | undefined;
  #id = 0;
  #start = 0;
  #segmentStart = 0;
  #previousEnd = Number.NEGATIVE_INFINITY;

  constructor(history: SampleHistory, { language, models: host }: ReporterSettings, options: EngineStreamOptions) {
    this.#options = options;
    this.#models = TASK_MODELS[options.analysis];
    this.#context = { baseline: this.#baseline, language };
    const models = (host?.models ?? []).filter(({ task }) => analysisOf(task) === options.analysis);
    if (this.#wantsEmbedding || models.some(({ input }) => input === 'egemaps88')) {
      this.#functionals = { segment: new Functionals(), utterance: new Functionals() };
    }
    if (models.some(({ input }) => input !== 'egemaps88')) this.#audio = new UtteranceAudio(history);
    const observer = this.#functionals && new FunctionalsMeter(history, this.#functionals.segment);
    this.#analyser = new SpeechAnalyser(history, this.#segment, observer);
    this.#emitter = new ResultEmitter({
      models,
      host,
      logits: options.logits ?? false,
      emit: (result) => {
        if (options.level === undefined || options.level === result.level) options.onResult(result);
      },
    });
  }

  get #wantsEmbedding(): boolean {
    return this.#options.embeddings === true && this.#options.analysis === 'behavior';
  }

  /** A promise when results wait for models: of all of them at the end, else only when they are many. */
  settled(which: 'some' | 'all'): Promise<void> | undefined {
    return this.#emitter.settled(which);
  }

  /** Emits nothing more. */
  cancel(): void {
    this.#emitter.cancel();
  }

  opened(start: number): void {
    this.#id += 1;
    this.#start = start;
    this.#segmentStart = start;
    this.#utterance.clear();
    this.#functionals?.utterance.clear();
    this.#audio?.begin(start);
    const gap = start - this.#previousEnd;
    if (gap < LONGEST_GAP) this.#segment.precedingGapFrames = gap / HOP_LENGTH;
    this.#analyser.begin(start);
  }

  reached(end: number): void {
    this.#analyser.analyseUntil(end);
    this.#audio?.reach(end);
  }

  completed(end: number): void {
    this.#analyser.settle();
    this.#baseline.add(this.#segment);
    this.#emit('segment', this.#segmentStart, end, this.#segment);
    this.#endSegment();
    this.#segmentStart = end;
  }

  closed(end: number): void {
    this.#previousEnd = end;
    this.#analyser.finish();
    this.#baseline.add(this.#segment);
    this.#endSegment();
    this.#emit('utterance', this.#start, end, this.#utterance);
  }

  #endSegment(): void {
    this.#utterance.merge(this.#segment);
    this.#segment.clear();
    if (!this.#functionals) return;
    this.#functionals.utterance.merge(this.#functionals.segment);
    this.#functionals.segment.clear();
  }

  #answers(evidence: SpeechEvidence): TaskResult[] {
    const logits = this.#options.logits ?? false;
    return this.#models.map((model) => taskResult(model, model.answer(evidence, this.#context), logits));
  }

  #emit(level: Level, start: number, end: number, evidence: SpeechEvidence): void {
    const tasks = this.#answers(evidence);
    const functionals = this.#functionals?.[level].toVector();
    if (functionals && this.#wantsEmbedding)
      tasks.push({ task: 'features', predictions: [], finalLabel: '', embedding: functionals });
    const material: ModelMaterial = {
      ...(this.#audio && { audio: level === 'segment' ? this.#audio.takeSegment() : this.#audio.takeUtterance() }),
      ...(functionals && { functionals: Float32Array.from(functionals) }),
    };
    const [startTime, endTime] = [start / ENGINE_SAMPLE_RATE, end / ENGINE_SAMPLE_RATE];
    this.#emitter.add({ id: String(this.#id), level, startTime, endTime, tasks }, material);
  }
}
