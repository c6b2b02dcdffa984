import { startMs } from '../audio/index.js';
import type { ReplayRing } from './replay-ring.js';

/**
 * Replayed before the first unanswered sound, so that the server hears it begin. More would be worse: a voice activity detector that is
 * given speech it can't place takes longer to settle (measured with Silero: 500 ms keep times within a frame, 2 s don't).
 */
const LEAD_IN_MS = 500;

/**
 * Replays begin at a multiple of this audio time, so that a server which works in frames of 10, 20, 30, 32, 40, 48 or 60 ms cuts them as it
 * did before, and finds the same times.
 */
const FRAME_GRID_MS = 480;

/** Where a call that replaces another has to begin. */
export interface ReplayStart {
  /** Number of the ring's entry. */
  readonly from: number;
  /** Audio of that entry that is left out, in milliseconds. */
  readonly skipMs: number;
  /** Sound that has no result and is no longer kept; milliseconds on the source's timeline. */
  readonly gap: { startMs: number; endMs: number } | undefined;
}

/**
 * Finds where audio begins that has no result yet: after the last answered speech, less the silence that follows it.
 *
 * @param answeredMs Audio time up to which everything was answered.
 * @param limit Number of the entry to begin with at the latest: the first that was never sent.
 * @param sampleRate Of the call; entries of another rate belong to another call.
 */
export function replayStart(ring: ReplayRing, answeredMs: number, limit: number, sampleRate: number): ReplayStart {
  const sound = ring.at(ring.firstSound(ring.indexAt(answeredMs)));
  const wantedMs = (sound?.startMs ?? ring.endMs) - LEAD_IN_MS;
  const alignedMs = Math.max(0, Math.floor(wantedMs / FRAME_GRID_MS) * FRAME_GRID_MS);
  let from = Math.min(ring.indexAt(alignedMs), limit);
  while (from < limit && ring.at(from)?.chunk.format.sampleRate !== sampleRate) from += 1;
  const skipMs = from < limit ? Math.max(0, alignedMs - (ring.at(from)?.startMs ?? alignedMs)) : 0;
  return { from, skipMs, gap: lostSound(ring, answeredMs) };
}

function lostSound(ring: ReplayRing, answeredMs: number): ReplayStart['gap'] {
  const goneMs = Math.min(ring.startMs, ring.lostSoundMs);
  const kept = ring.at(ring.first);
  if (goneMs <= answeredMs || !kept) return undefined;
  const endMs = startMs(kept.chunk) - (kept.startMs - goneMs);
  return { startMs: endMs - (goneMs - answeredMs), endMs };
}
