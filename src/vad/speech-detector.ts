import { loadResampler } from '../audio/resampler/index.js';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import { FrameJudge } from './frame-judge.js';
import { SampleIntake } from './sample-intake.js';
import { VAD_SAMPLE_RATE, type Vad } from './vad.js';

/** What a {@link SpeechDetector} is given, and from which probabilities it takes sound for speech. */
export interface SpeechDetectorOptions {
  /** Of the audio, in Hz, 4,000 to 384,000. */
  sampleRate: number;
  /** Probability of speech from which speech begins. Default: 0.5. */
  onThreshold?: number | undefined;
  /** Probability of speech from which speech that has begun goes on; at most `onThreshold`. Default: 0.7 times `onThreshold`. */
  offThreshold?: number | undefined;
}

const NAMES: OptionNames<SpeechDetectorOptions> = { sampleRate: true, onThreshold: true, offThreshold: true };

/** The verdict on one frame of audio. */
export interface SpeechFrame {
  /** Position of the frame's first sample, in samples at the audio's own rate from its start. */
  readonly start: number;
  /** Position after the frame's last sample; the next frame begins here. */
  readonly end: number;
  /** The detector's probability, 0 to 1, that the frame holds speech. */
  readonly probability: number;
  /** Whether it is speech, by the two thresholds. */
  readonly isSpeech: boolean;
}

/**
 * Tells where in mono 16-bit audio, of any rate and in pieces of any length, somebody speaks.
 *
 * Frames are as long as the voice activity detector's (10 ms for the light one, 32 ms for Silero) and lie side by side from sample 0 to
 * the last; they come out the same for any chunking. Audio of other rates is resampled to 16 kHz for the verdict only: positions are
 * samples of the audio as given. A frame's verdict is there as soon as its last sample is, save for what the resampler holds back (some
 * 5 ms). Verdicts have hysteresis: speech begins at `onThreshold` and goes on down to `offThreshold`.
 *
 * @example
 * const detector = await SpeechDetector.open(await loadLightVad(), { sampleRate: 8000 });
 * for (const { start, isSpeech } of await detector.push(samples)) console.log(start, isSpeech);
 */
export class SpeechDetector {
  readonly #intake: SampleIntake;
  readonly #frameLength: number;
  readonly #judge: FrameJudge;
  readonly #onThreshold: number;
  readonly #offThreshold: number;
  readonly #samplesPerFrame: number;
  #received = 0;
  #frames = 0;
  #inSpeech = false;
  #verdicts: SpeechFrame[] = [];
  #state: 'open' | 'ended' | 'closed' = 'open';
  #failure: { readonly error: unknown } | undefined;

  /**
   * Begins a stream of audio.
   *
   * @param vad Judges the frames; it stays the caller's to close, after the detector.
   * @returns A promise, because the resampler's WebAssembly is loaded first.
   * @throws OptionError (as rejection) for unknown options, and options out of range.
   */
  static async open(vad: Vad, options: SpeechDetectorOptions): Promise<SpeechDetector> {
    expectOptions('SpeechDetector.open', options, NAMES);
    const { sampleRate, onThreshold = 0.5, offThreshold = onThreshold * 0.7 } = options;
    if (typeof vad?.open !== 'function') throw new OptionError('SpeechDetector.open(vad)', 'must be a Vad', vad);
    expectNumber('SpeechDetector.open({ sampleRate })', sampleRate, { min: 4000, max: 384_000, whole: true, unit: 'Hz' });
    expectNumber('SpeechDetector.open({ onThreshold })', onThreshold, { above: 0, max: 1 });
    expectNumber('SpeechDetector.open({ offThreshold })', offThreshold, { min: 0, max: onThreshold });
    if (sampleRate !== VAD_SAMPLE_RATE) await loadResampler();
    return new SpeechDetector(vad, sampleRate, onThreshold, offThreshold);
  }

  private constructor(vad: Vad, sampleRate: number, onThreshold: number, offThreshold: number) {
    this.#intake = new SampleIntake(sampleRate);
    this.#frameLength = vad.frameLength;
    this.#judge = new FrameJudge(vad, (_, probability) => this.#verdicts.push(this.#verdict(probability)));
    this.#onThreshold = onThreshold;
    this.#offThreshold = offThreshold;
    this.#samplesPerFrame = (vad.frameLength * sampleRate) / VAD_SAMPLE_RATE;
  }

  /** Position up to which there is a verdict, in samples. */
  get judged(): number {
    return Math.round(this.#frames * this.#samplesPerFrame);
  }

  /** What the VAD has thrown, once it has; undefined until then. The detector is closed by that, and judges nothing more. */
  get failure(): unknown {
    return this.#failure?.error;
  }

  /**
   * Takes more audio; a previous call's promise must have settled.
   *
   * @param samples They are not kept.
   * @returns The frames that are complete now: at once with the light VAD, as a promise with one that judges in promises. When the VAD fails
   *   after some, those before; `failure` says so, and the next call throws it.
   * @throws what the VAD throws, and OptionError when it gives no probability.
   */
  push(samples: Int16Array): SpeechFrame[] | Promise<SpeechFrame[]> {
    this.#expectOpen();
    this.#received += samples.length;
    return this.#verdictsOn(this.#intake.convert(samples));
  }

  /**
   * Ends the audio, and closes the detector when the verdicts are there.
   *
   * @returns The frames that were left; the last one is judged as if silence followed, and ends with the audio. A failure is treated as by
   *   `push()`.
   */
  end(): SpeechFrame[] | Promise<SpeechFrame[]> {
    this.#expectOpen();
    this.#state = 'ended';
    const tail = this.#intake.flush();
    const unjudged = this.#judge.rest.length + tail.length;
    // At rates above 16 kHz the last sample can be less than a whole one for the VAD.
    const frames = unjudged === 0 && this.judged < this.#received ? 1 : Math.ceil(unjudged / this.#frameLength);
    const padded = new Int16Array(tail.length + frames * this.#frameLength - unjudged);
    padded.set(tail);
    const left = this.#verdictsOn(padded);
    if (!(left instanceof Promise)) return this.#last(left);
    return left.then((judged) => this.#last(judged)).finally(() => this.close());
  }

  /** Frees what the detector holds, once a verdict that is being made is there; calling it again does nothing. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#intake.close();
    this.#judge.close();
  }

  /** Closes, and lets the frames end where the audio does. */
  #last(frames: SpeechFrame[]): SpeechFrame[] {
    this.close();
    if (this.#failure) return frames;
    const real = frames.filter(({ start }) => start < this.#received);
    return real.map((frame, index) => (index === real.length - 1 ? { ...frame, end: this.#received } : frame));
  }

  #verdictsOn(samples: Int16Array): SpeechFrame[] | Promise<SpeechFrame[]> {
    this.#verdicts = [];
    try {
      const judging = this.#judge.push(samples);
      if (!judging) return this.#verdicts;
      return judging.then(
        () => this.#verdicts,
        (error) => this.#verdictsBefore(error),
      );
    } catch (error) {
      return this.#verdictsBefore(error);
    }
  }

  /** Closes, and gives the verdicts before a failure; throws it where there are none. */
  #verdictsBefore(error: unknown): SpeechFrame[] {
    this.#failure = { error };
    this.close();
    if (this.#verdicts.length === 0) throw error;
    return this.#verdicts;
  }

  #verdict(probability: number): SpeechFrame {
    if (!(probability >= 0 && probability <= 1))
      throw new OptionError('vad', 'must judge by probabilities from 0 to 1', probability);
    this.#inSpeech = probability >= (this.#inSpeech ? this.#offThreshold : this.#onThreshold);
    const start = this.judged;
    this.#frames += 1;
    return { start, end: this.judged, probability, isSpeech: this.#inSpeech };
  }

  #expectOpen(): void {
    if (this.#failure) throw this.#failure.error;
    if (this.#state !== 'open') throw new Error('the speech detector has ended');
  }
}
