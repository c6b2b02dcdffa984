import type { Level } from '../predictions/index.js';
import type { EngineStreamOptions, TaskResult } from './engine.js';
import { ENGINE_SAMPLE_RATE } from './engine-sample-rate.js';
import { HOP_LENGTH } from './features/frame-spectrum.js';
import { SpeakerBaseline } from './features/speaker-baseline.js';
import { SpeechAnalyser } from './features/speech-analyser.js';
import { SpeechEvidence } from './features/speech-evidence.js';
import type { SampleHistory } from './sample-history.js';
import type { SegmenterListener } from './segmenter.js';
import { markDominance, taskResult } from './task-result.js';
import { TASK_MODELS, type TaskContext, type TaskModel } from './tasks/index.js';

/** A shorter gap between two utterances, in samples (1.5 s), is a pause of the one who speaks on; a longer one ends the thought. */
const LONGEST_GAP = 1.5 * ENGINE_SAMPLE_RATE;

/** Turns what the segmenter finds into analysed results: a row per segment, and one per utterance from all its evidence. */
export class UtteranceReporter implements SegmenterListener {
  readonly #options: EngineStreamOptions;
  readonly #models: readonly TaskModel[];
  readonly #baseline = new SpeakerBaseline();
  readonly #context: TaskContext;
  readonly #segment = new SpeechEvidence();
  readonly #utterance = new SpeechEvidence();
  readonly #analyser: SpeechAnalyser;
  /** Per segment of the open utterance: the top label of each model. */
  #topLabels: (readonly (string | undefined)[])[] = [];
  #id = 0;
  #start = 0;
  #segmentStart = 0;
  #previousEnd = Number.NEGATIVE_INFINITY;

  constructor(history: SampleHistory, language: string, options: EngineStreamOptions) {
    this.#options = options;
    this.#models = TASK_MODELS[options.analysis];
    this.#context = { baseline: this.#baseline, language };
    this.#analyser = new SpeechAnalyser(history, this.#segment);
  }

  opened(start: number): void {
    this.#id += 1;
    this.#start = start;
    this.#segmentStart = start;
    this.#topLabels = [];
    this.#utterance.clear();
    const gap = start - this.#previousEnd;
    if (gap < LONGEST_GAP) this.#segment.precedingGapFrames = gap / HOP_LENGTH;
    this.#analyser.begin(start);
  }

  reached(end: number): void {
    this.#analyser.analyseUntil(end);
  }

  completed(end: number): void {
    this.#analyser.settle();
    this.#baseline.add(this.#segment);
    const tasks = this.#answers(this.#segment);
    this.#topLabels.push(tasks.map(({ predictions }) => predictions[0]?.label));
    this.#emit('segment', this.#segmentStart, end, tasks);
    this.#utterance.merge(this.#segment);
    this.#segment.clear();
    this.#segmentStart = end;
  }

  closed(end: number): void {
    this.#previousEnd = end;
    this.#analyser.finish();
    this.#baseline.add(this.#segment);
    this.#utterance.merge(this.#segment);
    this.#segment.clear();
    const tasks = this.#answers(this.#utterance);
    for (const [model, result] of tasks.entries()) {
      markDominance(
        result,
        this.#topLabels.map((labels) => labels[model]),
      );
    }
    this.#emit('utterance', this.#start, end, tasks);
  }

  #answers(evidence: SpeechEvidence): TaskResult[] {
    const logits = this.#options.logits ?? false;
    return this.#models.map((model) => taskResult(model, model.answer(evidence, this.#context), logits));
  }

  #emit(level: Level, start: number, end: number, tasks: TaskResult[]): void {
    if (this.#options.level !== undefined && this.#options.level !== level) return;
    this.#options.onResult({
      id: String(this.#id),
      level,
      startTime: start / ENGINE_SAMPLE_RATE,
      endTime: end / ENGINE_SAMPLE_RATE,
      tasks,
    });
  }
}
