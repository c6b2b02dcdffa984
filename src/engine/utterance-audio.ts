import { ENGINE_SAMPLE_RATE } from './engine-sample-rate.js';
import type { SampleHistory } from './sample-history.js';

/** What of an utterance is kept for models: its first 30 s. */
const MOST_SAMPLES = 30 * ENGINE_SAMPLE_RATE;

/** The samples of the open segment and of the open utterance, for models that want audio. */
export class UtteranceAudio {
  readonly #history: SampleHistory;
  #utterance = new Int16Array(0);
  #utteranceLength = 0;
  #segment = new Int16Array(0);
  #segmentLength = 0;
  #end = 0;

  constructor(history: SampleHistory) {
    this.#history = history;
  }

  /** An utterance begins at a sample position. */
  begin(start: number): void {
    this.#end = start;
    this.#utteranceLength = 0;
    this.#segmentLength = 0;
  }

  /** Takes what there is up to a sample position. */
  reach(end: number): void {
    const length = end - this.#end;
    if (length <= 0) return;
    this.#segment = grown(this.#segment, this.#segmentLength + length);
    this.#history.copy(this.#end, length, this.#segment, this.#segmentLength);
    this.#segmentLength += length;
    this.#end = end;
  }

  /** The segment's samples, in [-1, 1); the next one begins. */
  takeSegment(): Float32Array {
    const kept = Math.min(this.#segmentLength, MOST_SAMPLES - this.#utteranceLength);
    this.#utterance = grown(this.#utterance, this.#utteranceLength + kept);
    this.#utterance.set(this.#segment.subarray(0, kept), this.#utteranceLength);
    this.#utteranceLength += kept;
    const samples = floats(this.#segment, this.#segmentLength);
    this.#segmentLength = 0;
    return samples;
  }

  /** The utterance's samples, in [-1, 1), at most 30 s; its memory is given back. */
  takeUtterance(): Float32Array {
    this.takeSegment();
    const samples = floats(this.#utterance, this.#utteranceLength);
    this.#utterance = new Int16Array(0);
    this.#utteranceLength = 0;
    return samples;
  }
}

function grown(samples: Int16Array<ArrayBuffer>, length: number): Int16Array<ArrayBuffer> {
  if (samples.length >= length) return samples;
  const larger = new Int16Array(Math.max(length, Math.ceil(samples.length * 1.5)));
  larger.set(samples);
  return larger;
}

function floats(samples: Int16Array, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => samples[i]! / 32_768);
}
