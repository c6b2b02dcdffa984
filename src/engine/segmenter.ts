import { ENGINE_SAMPLE_RATE } from './engine-sample-rate.js';
import type { SegmentationOptions } from './segmentation-options.js';

/** Told by a {@link Segmenter} what it found; all positions are in samples at 16 kHz from the start of the stream. */
export interface SegmenterListener {
  /** Speech was confirmed: an utterance begins at `start`. */
  opened(start: number): void;
  /** The open utterance is known to last at least until `end`. */
  reached(end: number): void;
  /** Another segment of the open utterance is complete; it ends at `end`. */
  completed(end: number): void;
  /** The open utterance ends at `end`. */
  closed(end: number): void;
}

/** A candidate that stays silent this long, or that is not confirmed within this time, is given up. */
const CANDIDATE_GAP_MS = 200;
const CANDIDATE_LIFE_MS = 1500;
/** Frames between the thresholds right before the first speech frame belong to the speech, for no longer than this. */
const ONSET_LOOK_BACK_MS = 300;
/** Frames between the thresholds, after the last one that reached the upper, are a fading end unless they last longer than this. */
const LONGEST_TAIL_MS = 300;
/** Time constant of the smoothing that finds the weakest gap. */
const GAP_SMOOTHING_MS = 60;

/**
 * Cuts a stream of speech probabilities, one per frame, into utterances and segments by the emission rules of docs/engine.md.
 *
 * Hysteresis: a frame is speech from the on threshold up, and, next to speech, from the off threshold up. Frames between the thresholds keep
 * an utterance open, but it ends with the last frame that reached the on threshold if they end within 300 ms: detectors fade out, the more
 * so in noise.
 */
export class Segmenter {
  readonly #listener: SegmenterListener;
  readonly #frameLength: number;
  readonly #on: number;
  readonly #off: number;
  readonly #minSpeech: number;
  readonly #endSilence: number;
  readonly #padBefore: number;
  readonly #padAfter: number;
  readonly #segment: number;
  readonly #maxUtterance: number;
  readonly #smoothing: number;

  #state: 'silence' | 'candidate' | 'utterance' = 'silence';
  #now = 0;
  /** Where the open utterance, or the candidate's first speech frame, begins. */
  #start = 0;
  /** End of the last speech frame. */
  #speechEnd = 0;
  /** End of the last frame that reached the on threshold, and of the last speech frame that is no fading end. */
  #lastSure = 0;
  #sureEnd = 0;
  #speechLength = 0;
  #pausing = false;
  /** End of the last frame below the off threshold. */
  #unlikelyUntil = 0;
  #nextSegmentEnd = 0;
  #previousEnd = 0;
  #smoothed = 1;
  #weakest = 1;
  #weakestAt = 0;

  constructor(frameLength: number, options: SegmentationOptions, listener: SegmenterListener) {
    this.#listener = listener;
    this.#frameLength = frameLength;
    this.#on = options.onThreshold;
    this.#off = options.offThreshold;
    this.#minSpeech = samples(options.minSpeechMs);
    this.#endSilence = samples(options.endSilenceMs);
    this.#padBefore = samples(options.padBeforeMs);
    this.#padAfter = samples(options.padAfterMs);
    this.#segment = samples(options.segmentMs);
    this.#maxUtterance = samples(options.maxUtteranceMs);
    this.#smoothing = 1 - Math.exp(-frameLength / samples(GAP_SMOOTHING_MS));
  }

  /** Takes the next frame's probability of speech, 0 to 1. */
  push(probability: number): void {
    const frameStart = this.#now;
    this.#now += this.#frameLength;
    if (this.#state === 'utterance') this.#watchForGap(probability);
    const inSpeech = this.#state !== 'silence' && !this.#pausing;
    if (probability < this.#off) this.#unlikelyUntil = this.#now;
    if (probability >= (inSpeech ? this.#off : this.#on)) this.#speech(frameStart, probability >= this.#on);
    else this.#silence();
  }

  /** Ends the stream at `total` samples, closing an open utterance. */
  finish(total: number): void {
    if (this.#state !== 'utterance') return;
    this.#close(this.#pausing ? Math.min(this.#sureEnd + this.#padAfter, total) : total);
  }

  #speech(frameStart: number, isSure: boolean): void {
    if (this.#state === 'silence') {
      this.#state = 'candidate';
      this.#start = Math.max(this.#unlikelyUntil, frameStart - samples(ONSET_LOOK_BACK_MS));
      this.#speechLength = frameStart - this.#start;
    }
    this.#pausing = false;
    this.#speechEnd = this.#now;
    if (isSure) this.#lastSure = this.#now;
    if (isSure || this.#now - this.#lastSure > samples(LONGEST_TAIL_MS)) this.#sureEnd = this.#now;
    if (this.#state === 'candidate') {
      this.#speechLength += this.#frameLength;
      if (this.#speechLength >= this.#minSpeech) this.#open(Math.max(this.#start - this.#padBefore, this.#previousEnd, 0));
      else if (this.#now - this.#start >= samples(CANDIDATE_LIFE_MS)) this.#state = 'silence';
    }
    if (this.#state === 'utterance') this.#advance(this.#sureEnd);
  }

  #silence(): void {
    if (this.#state === 'silence') return;
    this.#pausing = true;
    const length = this.#now - this.#speechEnd;
    if (this.#state === 'candidate') {
      if (length >= samples(CANDIDATE_GAP_MS)) this.#state = 'silence';
    } else if (length >= this.#endSilence) {
      this.#close(this.#sureEnd + this.#padAfter);
    }
    if (this.#state === 'silence') this.#pausing = false;
  }

  #open(start: number): void {
    this.#state = 'utterance';
    this.#start = start;
    this.#nextSegmentEnd = start + this.#segment;
    this.#smoothed = 1;
    this.#weakest = Number.POSITIVE_INFINITY;
    this.#weakestAt = start + this.#maxUtterance;
    this.#listener.opened(start);
  }

  /** From here on a split may fall, so nothing after it may be analysed or emitted yet. */
  get #splitFrom(): number {
    return this.#start + this.#maxUtterance - this.#segment;
  }

  #watchForGap(probability: number): void {
    this.#smoothed += this.#smoothing * (probability - this.#smoothed);
    const limit = this.#start + this.#maxUtterance;
    if (this.#now <= this.#splitFrom || this.#now - this.#frameLength >= limit || this.#smoothed > this.#weakest) return;
    this.#weakest = this.#smoothed;
    this.#weakestAt = Math.min(this.#now, limit);
  }

  #advance(end: number): void {
    while (end >= this.#start + this.#maxUtterance) {
      const split = this.#weakestAt;
      this.#settle(split);
      this.#listener.closed(split);
      this.#open(split);
    }
    this.#settle(Math.min(end, this.#splitFrom));
  }

  #settle(end: number): void {
    while (this.#nextSegmentEnd <= end) {
      this.#listener.reached(this.#nextSegmentEnd);
      this.#listener.completed(this.#nextSegmentEnd);
      this.#nextSegmentEnd += this.#segment;
    }
    this.#listener.reached(end);
  }

  #close(end: number): void {
    this.#settle(end);
    this.#listener.closed(end);
    this.#previousEnd = end;
    this.#state = 'silence';
    this.#pausing = false;
  }
}

/**
 * How far behind the newest sample a {@link Segmenter} may begin an utterance or reach an end, in samples at 16 kHz.
 *
 * A candidate reaches back over its life, the look-back before it and the pad; and once a split may fall, up to one segment waits,
 * and a fading end and a pause after it.
 *
 * @param frameLength Of the frames that are judged, in samples.
 */
export function longestLookBack(options: SegmentationOptions, frameLength: number): number {
  const candidate = CANDIDATE_LIFE_MS + ONSET_LOOK_BACK_MS + options.padBeforeMs;
  return samples(Math.max(candidate, options.segmentMs + LONGEST_TAIL_MS + options.endSilenceMs)) + 2 * frameLength;
}

function samples(milliseconds: number): number {
  return Math.round((milliseconds / 1000) * ENGINE_SAMPLE_RATE);
}
