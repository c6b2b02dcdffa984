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
  const scores = new Float64Array(longest + 1);
  const shortest = Math.floor(rate / HIGHEST_HZ);
  const here = energy(low, 0, window);
  // That of what lies one lag further: a sample leaves it and another comes, lag by lag.
  let there = energy(low, shortest, window);
  let best = 0;
  for (let lag = shortest; lag <= longest; lag += 1) {
    const score = here > 0 && there > 0 ? product(low, lag, window) / Math.sqrt(here * there) : 0;
    scores[lag] = score;
    if (score > best) best = score;
    if (lag < longest) there += low[lag + window]! ** 2 - low[lag]! ** 2;
  }
  if (best < VOICED) return undefined;
  for (let lag = shortest + 1; lag < longest; lag += 1) {
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

function energy(samples: Float32Array, from: number, length: number): number {
  let sum = 0;
  for (let i = from; i < from + length; i += 1) sum += samples[i]! * samples[i]!;
  return sum;
}

/** In four sums, because each addition to one sum waits for the one before. */
function product(samples: Float32Array, lag: number, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a += samples[i]! * samples[i + lag]!;
    b += samples[i + 1]! * samples[i + 1 + lag]!;
    c += samples[i + 2]! * samples[i + 2 + lag]!;
    d += samples[i + 3]! * samples[i + 3 + lag]!;
  }
  for (; i < length; i += 1) a += samples[i]! * samples[i + lag]!;
  return a + b + c + d;
}
