/** Periodicity from which a frame has a pitch. */
const LEAST_PERIODICITY = 0.25;
/** Frames of 10 ms over which a pitch is followed, and how far it may jump between two of them, in octaves. */
const RUN_FRAMES = 5;
const LARGEST_JUMP = 0.1;
/** A pitch that moved by less than this over a run is steady, in octaves: 8 cents. */
const STEADY_OCTAVES = 0.007;
/** A pitch whose mean over this many frames is within so many octaves of the mean before is held, vibrato or not: 36 cents in 120 ms. */
const HELD_FRAMES = 12;
const HELD_OCTAVES = 0.03;

/** What a voice activity detector saw of a frame. */
export interface DetectedFrame {
  /** That somebody speaks, 0 to 1. */
  readonly probability: number;
  readonly periodicity: number;
  /** In samples; 0 when there is none. */
  readonly period: number;
  /** Whether it is voiced like speech. */
  readonly isVoiced: boolean;
}

/** What the frames of some audio, 10 ms each, say about whether somebody speaks: one array a measure, one element a frame. */
export class FrameMeasures {
  /** 1 where the detector heard speech. */
  readonly speech: Uint8Array;
  /** 1 where the frame is voiced like speech. */
  readonly voiced: Uint8Array;
  /** 1 where a pitch went on smoothly for 50 ms. */
  readonly pitched: Uint8Array;
  /** 1 where that pitch did not move. */
  readonly steady: Uint8Array;
  /** 1 where it stayed around one height for 240 ms. */
  readonly held: Uint8Array;
  /** Root of the mean square. */
  readonly level: Float32Array;
  /** Zero crossings. */
  readonly crossings: Uint8Array;
  #length = 0;
  #run = 0;
  /** Octaves. */
  readonly #pitches: Float64Array;

  /** @param frames How many there will be at most. */
  constructor(frames: number) {
    this.speech = new Uint8Array(frames);
    this.voiced = new Uint8Array(frames);
    this.pitched = new Uint8Array(frames);
    this.steady = new Uint8Array(frames);
    this.held = new Uint8Array(frames);
    this.#pitches = new Float64Array(frames);
    this.level = new Float32Array(frames);
    this.crossings = new Uint8Array(frames);
  }

  /** Frames added so far. */
  get length(): number {
    return this.#length;
  }

  /** Measures the next frame. */
  add(samples: Int16Array, { probability, periodicity, period, isVoiced }: DetectedFrame): void {
    const at = this.#length++;
    this.#follow(at, periodicity > LEAST_PERIODICITY && period > 0 ? Math.log2(period) : Number.NaN);
    let energy = 0;
    let crossings = 0;
    for (let i = 0; i < samples.length; i += 1) {
      energy += samples[i]! ** 2;
      if (i > 0 && samples[i]! < 0 !== samples[i - 1]! < 0) crossings += 1;
    }
    this.speech[at] = Number(probability > 0.5);
    this.voiced[at] = Number(isVoiced);
    this.pitched[at] = Number(this.#run >= RUN_FRAMES);
    this.steady[at] = Number(this.#run >= RUN_FRAMES && this.#moved(at, 1, RUN_FRAMES - 1) < STEADY_OCTAVES);
    this.held[at] = Number(this.#run >= 2 * HELD_FRAMES && this.#moved(at, HELD_FRAMES, HELD_FRAMES) < HELD_OCTAVES);
    this.level[at] = Math.sqrt(energy / samples.length);
    this.crossings[at] = crossings;
  }

  /** Counts the frames of smooth pitch. */
  #follow(at: number, pitch: number): void {
    this.#pitches[at] = pitch;
    if (Number.isNaN(pitch)) this.#run = 0;
    else this.#run = this.#run > 0 && Math.abs(pitch - this.#pitches[at - 1]!) < LARGEST_JUMP ? this.#run + 1 : 1;
  }

  /** By how many octaves the mean pitch of so many frames differs from what it was some frames before. */
  #moved(at: number, frames: number, before: number): number {
    let difference = 0;
    for (let i = at - frames + 1; i <= at; i += 1) difference += this.#pitches[i]! - this.#pitches[i - before]!;
    return Math.abs(difference) / frames;
  }
}
