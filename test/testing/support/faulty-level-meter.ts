import { type Fault, type FaultyServiceOptions, startFaultyService } from '../../../src/testing/index.js';
import { levelMeter } from '../../service/level-meter.js';

/** Samples of one answer of the level meter: half a second at 16 kHz. */
export const ANSWER_SAMPLES = 8_000;

/** A local service whose engine answers each half second, behind faults. */
export function faultyLevelMeter(faults: readonly Fault[], options: Omit<FaultyServiceOptions, 'plan'> = {}) {
  const { engine } = levelMeter({ segmentLength: ANSWER_SAMPLES });
  return startFaultyService({ plan: { faults }, service: { engine }, ...options });
}

/** Audio that is nowhere alike: white noise from a linear congruential generator (Numerical Recipes, 1992). */
export function noise(length: number, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >> 18;
  });
}
