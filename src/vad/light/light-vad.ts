import { loadFft } from '../../audio/fft/index.js';
import { Renewal } from '../renewal.js';
import type { Vad, VadStream } from '../vad.js';
import { Fvad, loadFvad } from './fvad.js';
import { Hangover } from './hangover.js';
import { NoiseFloor } from './noise-floor.js';
import { VadSpectrum } from './vad-spectrum.js';
import { Voicing } from './voicing.js';

const FRAME_LENGTH = 160;
const FVAD_MODE = 2;
const ON_DB = 1.6;
const OFF_DB = 1.2;
const TRAILING_FRAMES = 30;

const SPEECH = 0.9;
const PERHAPS = 0.4;
const DOUBTFUL = 0.2;
const SILENCE = 0.1;

/**
 * Loads the VAD that needs nothing installed: WebRTC's, with an adaptive noise floor, and voicing as the proof of speech.
 *
 * WebRTC's detector alone takes stationary noise for speech until it has adapted, and tones and music always. Here what stands out of the
 * noise is speech only as long as there was voicing of a human kind in the last half second; until then it is "perhaps" for .3 s, so
 * that the consonants before the first vowel are not lost. What noise hides between two syllables is "perhaps", too.
 */
export async function loadLightVad(): Promise<Vad> {
  await Promise.all([loadFvad(), loadFft()]);
  return { name: 'light', frameLength: FRAME_LENGTH, open: () => new LightVadStream(), close: () => {} };
}

/** A stream of the light VAD, and what it measured of the last frame; {@link loadLightVad} must have resolved. */
export class LightVadStream implements VadStream {
  #fvad = new Fvad(FRAME_LENGTH, FVAD_MODE);
  /** Takes the place of the first in silence: its models of noise and speech never forget. */
  #next = new Fvad(FRAME_LENGTH, FVAD_MODE);
  readonly #renewal = new Renewal(FRAME_LENGTH);
  readonly #spectrum = new VadSpectrum();
  readonly #floor = new NoiseFloor();
  readonly #voicing = new Voicing();
  readonly #hangover = new Hangover();
  #active = false;
  #trailing = 0;

  judge(frame: Int16Array): number {
    const candidate = this.#fvad.isSpeech(frame);
    if (this.#renewal.isRunning) this.#next.isSpeech(frame);
    const probability = this.#probability(frame, candidate);
    const step = this.#renewal.next(probability);
    if (step === 'take') [this.#fvad, this.#next] = [this.#next, this.#fvad];
    if (step === 'take' || step === 'begin') this.#next.reset();
    return probability;
  }

  #probability(frame: Int16Array, candidate: boolean): number {
    this.#spectrum.add(frame);
    this.#floor.add(this.#spectrum.bandDb);
    this.#spectrum.findPeriod(this.#floor.clarity);
    this.#voicing.add(this.#spectrum);
    const stands = this.#floor.snrDb > (this.#active ? OFF_DB : ON_DB);
    this.#active = (candidate && stands) || this.#voicing.voiced;
    if (!this.#active) {
      this.#trailing = 0;
      return this.#hangover.isOver() ? SILENCE : PERHAPS;
    }
    this.#hangover.follow(this.#floor.snrDb, this.#voicing);
    if (this.#voicing.confirmed) {
      this.#trailing = 1;
      return SPEECH;
    }
    // Before speech the segmenter limits how far it looks back; after it, what goes on without a voice must end here.
    if (this.#trailing > 0) this.#trailing += 1;
    return this.#trailing <= TRAILING_FRAMES ? PERHAPS : DOUBTFUL;
  }

  /** How periodic the last 40 ms are, 0 to about 0.9. */
  get periodicity(): number {
    return this.#spectrum.periodicity;
  }

  /** Their period, in samples at 16 kHz; 0 when there is none. */
  get period(): number {
    return this.#spectrum.period;
  }

  /** Whether the last frame is voiced like speech. */
  get isVoiced(): boolean {
    return this.#voicing.voiced;
  }

  close(): void {
    this.#fvad.close();
    this.#next.close();
  }
}
