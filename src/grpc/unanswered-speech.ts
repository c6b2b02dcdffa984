import type { SpeechSpurt } from '../vad/evidence/index.js';

/** Certain speech there has to be at all. */
const LEAST_CERTAIN_MS = 2000;
/** A spurt this long holds a whole segment of 2 s, wherever a service lets it begin. */
const SEGMENT_SPURT_MS = 3000;
/** A spurt this long is an utterance to any service, and over after this much silence. */
const UTTERANCE_SPURT_MS = 1000;
const UTTERANCE_PAUSE_MS = 2000;

/**
 * The end of the first speech for which a working service must send a result, on the spurts' clock; undefined when there is none.
 *
 * Segments come every 2 s while somebody speaks, an utterance once it is over, whatever its length: who asked for utterances alone may have
 * to wait for as long as nobody pauses.
 *
 * @param level The only level that was asked for, if it was one.
 */
export function mustBeAnswered(spurts: readonly SpeechSpurt[], level: 'segment' | 'utterance' | undefined): number | undefined {
  const certainMs = spurts.reduce((sum, spurt) => sum + spurt.certainMs, 0);
  if (certainMs < LEAST_CERTAIN_MS) return undefined;
  for (const spurt of spurts) {
    if (level !== 'utterance' && spurt.certainMs >= SEGMENT_SPURT_MS) return spurt.endMs - spurt.certainMs + SEGMENT_SPURT_MS;
    if (level !== 'segment' && spurt.certainMs >= UTTERANCE_SPURT_MS && spurt.quietAfterMs >= UTTERANCE_PAUSE_MS) {
      return spurt.endMs + UTTERANCE_PAUSE_MS;
    }
  }
  return undefined;
}
