import type { Span } from './ground-truth.js';
import type { Observation } from './observe.js';

/** Silence that ends an utterance: truth that is closer together is one for the engine. */
const END_SILENCE_S = 0.5;
/** Shorter silences are no pauses to the truth, or may be none to the engine, and are neither asked for nor counted as wrong. */
const SURE_PAUSE_S = 0.3;
const MARGIN_S = 0.03;

/** Frames by what was said of them and what they were. */
export interface FrameCounts {
  hits: number;
  misses: number;
  falseAlarms: number;
  /** Frames without speech. */
  silent: number;
}

/** How utterances lie against the truth. */
export interface Boundaries {
  onsetsMs: number[];
  offsetsMs: number[];
  /** Stretches of speech that the truth has, utterances more than those, and utterances that hold more than one. */
  expected: number;
  missed: number;
  split: number;
  joined: number;
  /** Utterances without any speech. */
  false: number;
}

/** Counts the frames of 10 ms of one channel. */
export function countFrames(frames: Uint8Array, truth: readonly Span[]): FrameCounts {
  const speech = new Uint8Array(frames.length);
  for (const { start, end } of truth) speech.fill(1, Math.round(start * 100), Math.round(end * 100));
  const counts = { hits: 0, misses: 0, falseAlarms: 0, silent: 0 };
  for (let i = 0; i < frames.length; i += 1) {
    if (speech[i] === 1) counts[frames[i] === 1 ? 'hits' : 'misses'] += 1;
    else {
      counts.silent += 1;
      if (frames[i] === 1) counts.falseAlarms += 1;
    }
  }
  return counts;
}

/** Compares the utterances of one channel with the stretches of speech that are half a second or more apart. */
export function compareBoundaries({ utterances }: Observation, truth: readonly Span[]): Boundaries {
  const stretches = merged(truth, END_SILENCE_S);
  const found = utterances.map(({ speech }) => speech);
  const result: Boundaries = {
    onsetsMs: [],
    offsetsMs: [],
    expected: stretches.length,
    missed: 0,
    split: 0,
    joined: 0,
    false: 0,
  };
  for (const stretch of stretches) {
    const inside = found.filter((span) => overlap(span, stretch) > 0);
    if (inside.length === 0) {
      result.missed += 1;
      continue;
    }
    result.split += inside.length - 1;
    const [first, last] = [inside[0]!, inside.at(-1)!];
    // Where an utterance holds several stretches, only its outer ends can be compared.
    if (stretches.find((other) => overlap(first, other) > 0) === stretch)
      result.onsetsMs.push(1000 * Math.abs(first.start - stretch.start));
    if (stretches.findLast((other) => overlap(last, other) > 0) === stretch)
      result.offsetsMs.push(1000 * Math.abs(last.end - stretch.end));
  }
  for (const span of found) {
    const held = stretches.filter((stretch) => overlap(span, stretch) > 0).length;
    if (held === 0) result.false += 1;
    else result.joined += held - 1;
  }
  return result;
}

/** Compares the pauses of one channel with the silences between its spans of speech, from 300 ms on. */
export function comparePauses(
  { pauses }: Observation,
  truth: readonly Span[],
): { hits: number; misses: number; falseAlarms: number } {
  const gaps = truth.slice(1).map(({ start }, i) => ({ start: truth[i]!.end, end: start }));
  const isFound = (gap: Span) => pauses.some((pause) => overlap(pause, gap) >= 0.5 * (gap.end - gap.start));
  const sure = gaps.filter(({ start, end }) => end - start >= SURE_PAUSE_S - 0.0005);
  const hits = sure.filter(isFound).length;
  const falseAlarms = pauses.filter(
    (pause) =>
      pause.end - pause.start >= SURE_PAUSE_S &&
      !gaps.some((gap) => overlap({ start: gap.start - MARGIN_S, end: gap.end + MARGIN_S }, pause) > 0),
  ).length;
  return { hits, misses: sure.length - hits, falseAlarms };
}

/** Seconds that two spans have in common; below 0 when they are apart. */
export function overlap(a: Span, b: Span): number {
  return Math.min(a.end, b.end) - Math.max(a.start, b.start);
}

function merged(spans: readonly Span[], gap: number): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && span.start - last.end < gap) last.end = Math.max(last.end, span.end);
    else result.push({ ...span });
  }
  return result;
}
