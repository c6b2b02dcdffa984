import { NETWORK_INPUTS, NETWORK_REACH, SyllableNetwork } from './syllable-network.js';

/** Frames of 10 ms by which the level is known ahead, so that a beginning is not taken to be loud. */
const AHEAD = 20;
/** The loudest level fades at this rate, in dB per frame: 2 dB a second. */
const FADE_DB = 0.02;
/** How far below the loudest and above it a band may be, in units of 10 dB. */
const LOWEST = -5.5;
const HIGHEST = 0.5;
/** What the network's values are centred on, in units of 10 dB below the loudest. */
const CENTRE = 2.5;

/**
 * Estimates how many syllables a stretch of speech has, in fractions, without deciding where each of them is.
 *
 * A network was taught by synthetic speech to give a density whose sum is the number of vowels (as Lempitsky, Zisserman 2010 count objects
 * in pictures). It sees the power of 13 bands relative to the loudest that the stretch has had.
 */
export class SyllableDensity {
  readonly #network = new SyllableNetwork();
  /** Answers for frames that have come before those behind them have. */
  readonly #foresight = new SyllableNetwork();
  /** The last frames' bands and level, in dB: a ring. */
  readonly #bandsDb = Array.from({ length: AHEAD + 1 }, () => new Float32Array(NETWORK_INPUTS));
  readonly #levelsDb = new Float64Array(AHEAD + 1);
  readonly #seen = new Float32Array(NETWORK_INPUTS);
  readonly #silence = new Float32Array(NETWORK_INPUTS).fill(LOWEST + CENTRE);
  #frames = 0;
  #shown = 0;
  #loudestDb = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #counted = 0;

  /** Begins a stretch of speech. */
  begin(): void {
    this.#network.reset();
    for (let i = 0; i < NETWORK_REACH; i += 1) this.#network.push(this.#silence);
    this.#frames = 0;
    this.#shown = 0;
    this.#loudestDb = Number.NEGATIVE_INFINITY;
    this.#sum = 0;
    this.#counted = 0;
  }

  /** Takes the next frame of 10 ms: the power of its bands, as {@link measureSpeechBands} measures them. */
  add(bands: Float64Array): void {
    const slot = this.#frames % (AHEAD + 1);
    const bandsDb = this.#bandsDb[slot]!;
    let power = 0;
    for (let band = 0; band < NETWORK_INPUTS; band += 1) {
      power += bands[band]!;
      bandsDb[band] = 10 * Math.log10(bands[band]!);
    }
    this.#levelsDb[slot] = 10 * Math.log10(power);
    this.#frames += 1;
    if (this.#frames > AHEAD) this.#sum += this.#show(this.#network);
  }

  /** What to add to the syllables counted so far, so that they cover all frames that came. What will come after them counts as silence for now. */
  settle(): number {
    this.#foresight.copy(this.#network);
    return this.#count(this.#foresight);
  }

  /** Ends the stretch of speech; what to add to the syllables counted so far, which may be less than nothing. */
  finish(): number {
    return this.#count(this.#network);
  }

  #count(network: SyllableNetwork): number {
    if (this.#frames === 0) return 0;
    const sum = this.#sum + this.#showRest(network);
    const added = sum - this.#counted;
    this.#counted = sum;
    return added;
  }

  /** Shows frames whose level ahead isn't known and silence behind them, without counting them as shown. */
  #showRest(network: SyllableNetwork): number {
    const shown = this.#shown;
    const loudestDb = this.#loudestDb;
    let sum = 0;
    while (this.#shown < this.#frames) sum += this.#show(network);
    for (let i = 0; i < NETWORK_REACH; i += 1) sum += network.push(this.#silence) || 0;
    this.#shown = shown;
    this.#loudestDb = loudestDb;
    return sum;
  }

  /** Shows the next frame to a network; its answer. */
  #show(network: SyllableNetwork): number {
    const frame = this.#shown;
    const slots = AHEAD + 1;
    const ahead = this.#levelsDb[Math.min(frame + AHEAD, this.#frames - 1) % slots]!;
    this.#loudestDb = Math.max(ahead, this.#loudestDb - FADE_DB);
    if (frame === 0) {
      for (let i = 0; i < this.#frames && i < slots; i += 1) this.#loudestDb = Math.max(this.#loudestDb, this.#levelsDb[i]!);
    }
    this.#shown += 1;
    const bands = this.#bandsDb[frame % slots]!;
    for (let band = 0; band < NETWORK_INPUTS; band += 1) {
      const relative = (bands[band]! - this.#loudestDb) / 10;
      this.#seen[band] = Math.min(HIGHEST, Math.max(LOWEST, relative)) + CENTRE;
    }
    return network.push(this.#seen) || 0;
  }
}
