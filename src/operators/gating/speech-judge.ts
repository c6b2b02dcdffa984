import { type AudioChunk, Continuity, type Pcm, startMs } from '../../audio/index.js';
import { type EventObserver, emitEvent } from '../../events/index.js';
import type { Flow } from '../../flow/index.js';
import type { SpeechDetector, SpeechFrame } from '../../vad/speech-detector.js';
import type { Vad } from '../../vad/vad.js';
import { expectChunk } from '../expect-chunk.js';

type PcmChunk = AudioChunk<Pcm<'s16le', 1>>;

/** A chunk, and what is known of where somebody speaks. */
export interface JudgedChunk {
  readonly chunk: PcmChunk;
  readonly flow: Flow;
  /** Whether a run of uninterrupted audio begins with it. */
  readonly begins: boolean;
  /** The frames that are complete now, positions counted from the run's start. */
  readonly frames: readonly SpeechFrame[];
  /** Whether there is no detector, or none any more: what comes after the frames has no verdict, and will have none. */
  readonly isUnjudged: boolean;
}

/** What a {@link SpeechJudge} judges by. */
export interface SpeechJudgeOptions {
  readonly vad: 'light' | Vad | (() => Vad | PromiseLike<Vad>);
  readonly onThreshold: number;
  readonly events: EventObserver | undefined;
  /** Whose audio is judged, as the user writes it. Default: `gateSilence()`. */
  readonly operator?: string;
  /** What a failure of the detector leads to, in words. Default: that everything is let through. */
  readonly consequence?: string;
}

/**
 * Finds the speech of one subscription's audio, with a new detector for each run of uninterrupted audio.
 *
 * The detector is loaded at the first chunk. One that can't be loaded, or that fails, is reported and done without from then on.
 */
export class SpeechJudge {
  readonly #options: SpeechJudgeOptions;
  readonly #continuity = new Continuity();
  #vad: Vad | undefined;
  #detector: SpeechDetector | undefined;
  #failed = false;
  #judging = false;
  #closed = false;

  constructor(options: SpeechJudgeOptions) {
    this.#options = options;
  }

  /**
   * Judges the next chunk; call it again only when the promise has settled.
   *
   * @throws PipelineError `FORMAT_MISMATCH` and `INTERLEAVED_SOURCES` (as rejection).
   */
  async judge(chunk: PcmChunk): Promise<JudgedChunk> {
    const { operator = 'gateSilence()' } = this.#options;
    expectChunk(chunk, { operator, encoding: 's16le', channels: 1 });
    const begins = this.#continuity.follow(chunk) !== 'continues';
    const { flow } = chunk;
    this.#judging = true;
    try {
      if (begins) await this.#begin(chunk);
      // Not awaited where it is there at once: a turn of the queue for each chunk adds up.
      const judged = this.#detector?.push(samplesOf(chunk.data)) ?? [];
      const frames = judged instanceof Promise ? await judged : judged;
      if (this.#detector?.failure !== undefined) this.#fail(this.#detector.failure, chunk);
      return { chunk, flow, begins, frames, isUnjudged: this.#detector === undefined };
    } catch (error) {
      this.#fail(error, chunk);
      return { chunk, flow, begins, frames: [], isUnjudged: true };
    } finally {
      this.#judging = false;
      if (this.#closed) this.#free();
    }
  }

  /** Frees the detector, once a verdict that is being made is there. */
  close(): void {
    this.#closed = true;
    if (!this.#judging) this.#free();
  }

  async #begin({ format }: PcmChunk): Promise<void> {
    this.#detector?.close();
    this.#detector = undefined;
    if (this.#failed) return;
    const { vad, onThreshold } = this.#options;
    this.#vad ??= await loadVad(vad);
    const detector = await import('../../vad/speech-detector.js');
    this.#detector = await detector.SpeechDetector.open(this.#vad, { sampleRate: format.sampleRate, onThreshold });
  }

  #fail(error: unknown, chunk: PcmChunk): void {
    this.#failed = true;
    this.#detector?.close();
    this.#detector = undefined;
    if (this.#closed) return;
    const { label } = chunk.timing.source;
    const { events, consequence = 'gateSilence() lets all of it through from here on, silence included' } = this.#options;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'VAD_FAILED',
      message: `The voice activity detection of "${label}" failed, so ${consequence}: ${error instanceof Error ? error.message : String(error)}`,
      atMs: startMs(chunk),
      stream: label,
    });
  }

  #free(): void {
    this.#detector?.close();
    this.#detector = undefined;
    // One that was given stays the caller's.
    if (typeof this.#options.vad !== 'object') this.#vad?.close();
    this.#vad = undefined;
  }
}

/** Imported when it is needed, so that the main entry stays light. */
async function loadVad(vad: SpeechJudgeOptions['vad']): Promise<Vad> {
  if (vad === 'light') return (await import('../../vad/light/light-vad.js')).loadLightVad();
  return typeof vad === 'function' ? vad() : vad;
}

/** The bytes as samples; where they aren't aligned, of a copy. */
function samplesOf(data: Buffer): Int16Array {
  const bytes = data.byteOffset % 2 === 0 ? data : new Uint8Array(data);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
}
