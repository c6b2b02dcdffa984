/** Pitch searched for, in Hz: far beyond what voices do, so that a wrong sample rate shows. */
const LOWEST_HZ = 25;
const HIGHEST_HZ = 800;
/** Rate to which audio is averaged down first, in Hz; enough for the pitch and cheap. */
const WORKING_RATE = 4000;
/** Correlation at one period's distance from which a window counts as voiced. */
const VOICED = 0.75;
/** A shorter period is preferred to a longer one that fits only this little better: the longer is often a multiple. */
const PREFERENCE = 0.92;

/** Samples that {@link estimatePitch} needs: two of the longest periods. */
export function pitchWindow(sampleRate: number): number {
  return Math.ceil((2 * sampleRate) / LOWEST_HZ);
}

/**
 * Fundamental frequency of a stretch of audio in Hz, undefined where there is no clear one.
 *
 * The normalised cross-correlation of Talkin (1995, "A robust algorithm for pitch tracking"), without its tracking.
 */
export function estimatePitch(samples: Float32Array, sampleRate: number): number | undefined {
  const factor = Math.max(1, Math.floor(sampleRate / WORKING_RATE));
  const rate = sampleRate / factor;
  const low = averageDown(samples, factor);
  const longest = Math.floor(rate / LOWEST_HZ);
  const window = low.length - longest;
  if (window < longest / 2) return undefined;
  const scores: number[] = [];
  let best = 0;
  for (let lag = Math.floor(rate / HIGHEST_HZ); lag <= longest; lag += 1) {
    const score = correlationAt(low, lag, window);
    scores[lag] = score;
    if (score > best) best = score;
  }
  if (best < VOICED) return undefined;
  for (let lag = Math.floor(rate / HIGHEST_HZ) + 1; lag < longest; lag += 1) {
    const score = scores[lag]!;
    if (score >= best * PREFERENCE && score >= scores[lag - 1]! && score >= scores[lag + 1]!) return rate / lag;
  }
  return undefined;
}

function averageDown(samples: Float32Array, factor: number): Float32Array {
  const low = new Float32Array(Math.floor(samples.length / factor));
  let mean = 0;
  for (let i = 0; i < low.length; i += 1) {
    let sum = 0;
    for (let k = 0; k < factor; k += 1) sum += samples[i * factor + k]!;
    low[i] = sum / factor;
    mean += low[i]! / low.length;
  }
  return low.map((sample) => sample - mean);
}

function correlationAt(samples: Float32Array, lag: number, window: number): number {
  let product = 0;
  let here = 0;
  let there = 0;
  for (let i = 0; i < window; i += 1) {
    const a = samples[i]!;
    const b = samples[i + lag]!;
    product += a * b;
    here += a * a;
    there += b * b;
  }
  return here > 0 && there > 0 ? product / Math.sqrt(here * there) : 0;
}
