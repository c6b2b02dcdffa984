import type { Level } from './prediction.js';

/** Length of a segment in seconds. */
const SEGMENT_SECONDS = 2;
/** The wire rounds its times to 10 ms, each. */
const ROUNDING_SECONDS = 0.011;

/**
 * The level of a row of results.
 *
 * Where the wire leaves it out: the only level that was asked for, if it was one; otherwise 2 s long means segment and any other
 * length utterance; without readable times segment, the protobuf default.
 */
export function inferLevel(
  wire: unknown,
  asked: Level | undefined,
  startTime: number | undefined,
  endTime: number | undefined,
): Level {
  const name = typeof wire === 'string' ? wire.toLowerCase() : wire;
  if (name === 'segment' || name === 0) return 'segment';
  if (name === 'utterance' || name === 1) return 'utterance';
  if (asked) return asked;
  if (startTime === undefined || endTime === undefined) return 'segment';
  return Math.abs(endTime - startTime - SEGMENT_SECONDS) <= ROUNDING_SECONDS ? 'segment' : 'utterance';
}
