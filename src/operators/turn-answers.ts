import type { Prediction } from '../predictions/index.js';

/** What is known about one turn of a conversation, and whether more is worth waiting for. */
export class TurnAnswers<P extends Prediction> {
  readonly #startMs: number;
  readonly #endMs: number;
  /** The turn's utterance that shares most with it. */
  #utterance: P | undefined;
  /** The latest segment that overlaps the turn. */
  #segment: P | undefined;
  /** An utterance of the turn before or after that overlaps this one a little. */
  #neighbour: P | undefined;
  /** Where the last utterance ends. */
  #heardMs = Number.NEGATIVE_INFINITY;

  constructor(startMs: number, endMs: number) {
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  /** The best answer so far. */
  get best(): P | undefined {
    return this.#utterance ?? this.#segment ?? this.#neighbour;
  }

  /** Whether no later utterance can share more with the turn: utterances come in order and don't overlap each other. */
  get isFinal(): boolean {
    return this.#utterance !== undefined && this.#sharedMs(this.#utterance) >= this.#endMs - this.#heardMs;
  }

  /** Takes note of a prediction; a revision takes the place of what it revises. */
  add(prediction: P): void {
    const sharedMs = this.#sharedMs(prediction);
    if (prediction.level === 'utterance') this.#heardMs = Math.max(this.#heardMs, prediction.endMs);
    if (!(sharedMs > 0)) return;
    if (prediction.level === 'segment') {
      if (!this.#segment || prediction.endMs >= this.#segment.endMs) this.#segment = prediction;
      return;
    }
    const shorterMs = Math.min(this.#endMs - this.#startMs, prediction.endMs - prediction.startMs);
    if (sharedMs * 2 >= shorterMs) this.#utterance = this.#better(this.#utterance, prediction);
    else this.#neighbour = this.#better(this.#neighbour, prediction);
  }

  #better(known: P | undefined, next: P): P {
    return known && this.#sharedMs(known) > this.#sharedMs(next) ? known : next;
  }

  #sharedMs({ startMs, endMs }: P): number {
    return Math.min(endMs, this.#endMs) - Math.max(startMs, this.#startMs);
  }
}
