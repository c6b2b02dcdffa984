import type { FrameMeasures } from './frame-measures.js';

/** Frames of 10 ms in a window that is judged as a whole, and from one window to the next. */
const WINDOW_FRAMES = 600;
const STEP_FRAMES = 100;
/** Windows in a row that must all say speech. */
const LEAST_WINDOWS = 2;

/** Of a window of speech at least this much has a smooth pitch, and is voiced like speech. */
const LEAST_PITCHED = 0.08;
const LEAST_VOICED = 0.1;
/** Of what has a pitch, no more than this is steady. Below: what is added to both, so that few frames decide nothing. */
const MOST_STEADY = 0.17;
const STEADY_PRIOR = 0.01;
const PITCHED_PRIOR = 0.02;
/** And no more than this stays around one height. Below: added for the same reason. */
const MOST_HELD = 0.12;
const HELD_PRIOR_FRAMES = 12;
/** At least this share of the frames has less than half of the mean level. */
const LEAST_LOW_ENERGY = 0.17;
/** Standard deviation of the zero crossings in 10 ms at 16 kHz. */
const LEAST_CROSSINGS_DEVIATION = 5;

/**
 * Which frames lie where somebody certainly speaks, 1 or 0 each.
 *
 * Music, signals and noise all look like speech for a moment; over seconds they don't. A window of 6 s is speech when
 * - little of what has a pitch holds it: a speaker's pitch glides all the time, notes stay. This alone tells nearly all speech
 *   from nearly all music, and its mean over a cycle of vibrato does the same for singing violins;
 * - many frames are much quieter than the mean, because there are stops and pauses (share of low-energy frames: Saunders 1996; Scheirer and
 *   Slaney 1997);
 * - the zero-crossing rate varies widely, because vowels and consonants alternate (Saunders 1996);
 * - and a minimum of it has a pitch, and is voiced like speech.
 *
 * Two windows in a row, a second apart, must agree. The limits were set where nearly all telephone speech tried passes, 10 dB above noise too,
 * and no piece of music does.
 */
export function certainFrames(measures: FrameMeasures): Uint8Array {
  const certain = new Uint8Array(measures.length);
  let inRow = 0;
  for (let from = 0; from + WINDOW_FRAMES <= measures.length; from += STEP_FRAMES) {
    inRow = isSpeech(measures, from) ? inRow + 1 : 0;
    if (inRow >= LEAST_WINDOWS) certain.fill(1, from - (inRow - 1) * STEP_FRAMES, from + WINDOW_FRAMES);
  }
  return certain;
}

function isSpeech({ pitched, steady, held, voiced, level, crossings }: FrameMeasures, from: number): boolean {
  let [pitchedFrames, steadyFrames, heldFrames, voicedFrames, levels, sum, squares] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = from; i < from + WINDOW_FRAMES; i += 1) {
    pitchedFrames += pitched[i]!;
    steadyFrames += steady[i]!;
    heldFrames += held[i]!;
    voicedFrames += voiced[i]!;
    levels += level[i]!;
    sum += crossings[i]!;
    squares += crossings[i]! ** 2;
  }
  if (pitchedFrames < LEAST_PITCHED * WINDOW_FRAMES || voicedFrames < LEAST_VOICED * WINDOW_FRAMES) return false;
  const steadiness = (steadyFrames / WINDOW_FRAMES + STEADY_PRIOR) / (pitchedFrames / WINDOW_FRAMES + PITCHED_PRIOR);
  if (steadiness > MOST_STEADY) return false;
  if (heldFrames > MOST_HELD * (pitchedFrames + HELD_PRIOR_FRAMES)) return false;
  const mean = sum / WINDOW_FRAMES;
  if (squares / WINDOW_FRAMES - mean ** 2 < LEAST_CROSSINGS_DEVIATION ** 2) return false;
  const low = levels / WINDOW_FRAMES / 2;
  let lowFrames = 0;
  for (let i = from; i < from + WINDOW_FRAMES; i += 1) lowFrames += Number(level[i]! < low);
  return lowFrames >= LEAST_LOW_ENERGY * WINDOW_FRAMES;
}
