import { expectNumber, type OptionNames } from '../../errors/index.js';
import type { ArrivalGapLimits } from './arrival-track.js';

/** How gaps are inferred in audio whose messages bear no time. */
export interface ArrivalGapOptions {
  /** Whether they are; without it a pause of the sender takes no time on the timeline. Default: true. */
  inferGaps?: boolean | undefined;
  /** Audio that comes later than this may follow a gap, 20 to 60,000, in milliseconds. Default: 200. */
  lagMs?: number | undefined;
  /** How long is waited for a burst that makes up for it, 0 to 10,000, in milliseconds. Default: 200. */
  burstMs?: number | undefined;
}

/** The names of {@link ArrivalGapOptions}. */
export const ARRIVAL_GAP_NAMES: OptionNames<ArrivalGapOptions> = { inferGaps: true, lagMs: true, burstMs: true };

/**
 * Checks the options and fills in the defaults.
 *
 * @param name The function they are given to.
 * @returns undefined where gaps are not inferred.
 * @throws OptionError that names the option.
 */
export function arrivalGapLimits(name: string, options: ArrivalGapOptions): ArrivalGapLimits | undefined {
  const { inferGaps = true, lagMs = 200, burstMs = 200 } = options;
  expectNumber(`${name}({ lagMs })`, lagMs, { min: 20, max: 60_000, unit: 'milliseconds' });
  expectNumber(`${name}({ burstMs })`, burstMs, { min: 0, max: 10_000, unit: 'milliseconds' });
  return inferGaps ? { lagMs, burstMs } : undefined;
}
