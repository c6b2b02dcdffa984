import type { ReplayRing } from './replay-ring.js';
import type { ResultSpan } from './result-filter.js';

/**
 * Replayed before the first unanswered sound, so that the server hears it begin, and its voice activity detector has settled by then.
 * Adaptive ones take their time: of utterances found by the local light one, which follows the noise of the last 2.4 s, 2 s leave one in
 * seven up to 80 ms off, 3 s none by more than a frame.
 */
const LEAD_IN_MS = 3000;

/**
 * Speech that was answered, but with less than this between it and the first unanswered sound, is replayed with it: whether a short pause
 * ends an utterance can hang on what was heard before, and a call that begins in the middle of speech would join what was apart.
 */
const CLEAR_PAUSE_MS = 1000;

/** How far that may lead back, in milliseconds. */
const MAX_LOOK_BACK_MS = 15_000;

/**
 * Replays begin a multiple of this after the call before, so that a server which works in frames of 10, 20, 30, 32, 40, 48 or 60 ms cuts them as it
 * did before, and finds the same times; and so do the parts of 300 ms of which the local light detector takes the minima to be noise. With
 * parts cut otherwise it can miss a faint syllable, and then a pause ends an utterance that went on.
 */
const FRAME_GRID_MS = 2400;

/** Where a call that replaces another has to begin. */
export interface ReplayStart {
  /** Number of the ring's entry. */
  readonly from: number;
  /** Audio of that entry that is left out, in milliseconds. */
  readonly skipMs: number;
}

/**
 * Finds where a call must begin so that it answers what has no result yet as one that went on would: in the silence before it.
 *
 * @param answeredMs Audio time up to which everything was answered.
 * @param limit Number of the entry to begin with at the latest: the first that was never sent.
 * @param answered The latest results.
 * @param originMs Audio time where the call began that this one replaces; the grid's origin.
 * @param ownedFromMs Audio time before which everything belongs to other calls, of another rate perhaps. The first call for it began there,
 * without a lead-in.
 */
export function replayStart(
  ring: ReplayRing,
  answeredMs: number,
  limit: number,
  answered: readonly Pick<ResultSpan, 'startMs' | 'endMs'>[] = [],
  originMs = 0,
  ownedFromMs = 0,
): ReplayStart {
  const sound = ring.at(ring.firstSound(ring.indexAt(answeredMs)));
  const soundMs = speechStart(sound?.startMs ?? ring.endMs, answered) - LEAD_IN_MS;
  const wantedMs = Math.min(soundMs, ring.at(limit)?.startMs ?? ring.endMs);
  const alignedMs = Math.max(ownedFromMs, originMs + Math.floor((wantedMs - originMs) / FRAME_GRID_MS) * FRAME_GRID_MS);
  const from = Math.min(ring.indexAt(alignedMs), limit);
  const skipMs = from < limit ? Math.max(0, alignedMs - (ring.at(from)?.startMs ?? alignedMs)) : 0;
  return { from, skipMs };
}

/** Where the speech begins that sound belongs to, over all pauses that are too short to begin in. */
function speechStart(soundMs: number, answered: readonly Pick<ResultSpan, 'startMs' | 'endMs'>[]): number {
  let startMs = soundMs;
  for (const before of [...answered].sort((a, b) => b.endMs - a.endMs)) {
    if (startMs - before.endMs >= CLEAR_PAUSE_MS || soundMs - before.startMs > MAX_LOOK_BACK_MS) break;
    startMs = Math.min(startMs, before.startMs);
  }
  return startMs;
}
