import { expectNumber, OptionError, type OptionNames } from '../errors/index.js';
import type { OverflowPolicy } from './live-buffer.js';

/** How much audio of a source that can't be paused may wait for a slower consumer, and what happens to the rest. */
export interface LiveLimits {
  /** Bytes of audio that may wait, at least 1024; each chunk counts as at least 256. Default: 8 MiB. */
  maxBytes?: number | undefined;
  /** Audio that may wait, in milliseconds, above 0: how far live results may fall behind. `Infinity`: what fits in `maxBytes`. Default: 45,000. */
  maxMs?: number | undefined;
  /**
   * What happens when more would wait. Default: `drop-oldest`.
   *
   * - `drop-oldest` gives up what has waited longest, so that what is sent stays close to what is being said.
   * - `drop-newest` refuses what has just come, so that what waits is kept.
   * - `error` ends with an OverflowError (`QUEUE_OVERFLOW`) after everything that came before it.
   */
  overflow?: OverflowPolicy | undefined;
}

/** Limits with every default filled in. */
export interface ResolvedLiveLimits {
  readonly maxBytes: number;
  readonly maxMs: number;
  readonly overflow: OverflowPolicy;
}

/** As much as a session keeps for a reconnect: what was said while the service was away is then not lost on the way to it. */
const DEFAULTS = { maxBytes: 8 * 1024 * 1024, maxMs: 45_000 };
const POLICIES: readonly OverflowPolicy[] = ['drop-oldest', 'drop-newest', 'error'];

/** The names of {@link LiveLimits}. */
export const LIVE_LIMIT_NAMES: OptionNames<LiveLimits> = { maxBytes: true, maxMs: true, overflow: true };

/**
 * Checks limits and fills in the defaults.
 *
 * @param name Writes an option as the caller does, for instance `bufferLive({ maxBytes })`.
 * @throws OptionError for a value out of range, and for an unknown policy.
 */
export function resolveLiveLimits(limits: LiveLimits, name: (option: string) => string): ResolvedLiveLimits {
  const { maxBytes = DEFAULTS.maxBytes, maxMs = DEFAULTS.maxMs, overflow = 'drop-oldest' } = limits;
  expectNumber(name('maxBytes'), maxBytes, { min: 1024, max: Number.MAX_SAFE_INTEGER, whole: true, unit: 'bytes' });
  expectNumber(name('maxMs'), maxMs, { above: 0, unit: 'milliseconds' });
  if (!POLICIES.includes(overflow)) {
    throw new OptionError(name('overflow'), `must be one of ${POLICIES.join(', ')}`, overflow);
  }
  return { maxBytes, maxMs, overflow };
}
