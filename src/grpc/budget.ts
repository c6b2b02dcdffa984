import { expectNumber, expectOptions, OptionError } from '../errors/index.js';

/** How much audio may be streamed. */
export interface BudgetOptions {
  /** Audio that may be written to servers, in milliseconds, replays included. */
  maxAudioMs: number;
}

/** A limit to the audio that sessions write to servers, shared by those that are given it. */
export interface Budget {
  /** The limit, in milliseconds. */
  readonly maxAudioMs: number;
  /** Audio that was written so far, in milliseconds; what waits for its call to be connected is in it, until the call fails. */
  readonly usedMs: number;
  /** Audio that may still be written, in milliseconds. */
  readonly remainingMs: number;
  /** Takes so many samples for a session to write, or as many as are left; returns how many. */
  take(samples: number, sampleRate: number): number;
  /** Gives back samples that a session took, and that never left: their call was not connected. */
  giveBack(samples: number, sampleRate: number): void;
}

/** Sums of fractions of milliseconds are off by less than this, in samples. */
const ROUNDING = 1e-3;

/**
 * Makes a limit to the audio that is streamed, since services bill by the minute: give it to any number of sessions, at once or one after
 * the other.
 *
 * It counts what is written to servers, what is sent again after failures included, and what was written to a call that never was connected
 * not. When it is used up, each session that has audio to write ends: the audio is cut at the limit, every result is awaited, a `budget`
 * event is emitted, and the Observable completes and lets go of its source. Where what a failed call left unanswered no longer fits, that
 * is a `gap` event of reason `budget`.
 *
 * @param options Milliseconds, above 0.
 * @throws OptionError for zero, negative numbers and NaN.
 * @example
 * const tenMinutes = budget({ maxAudioMs: 600_000 });
 * audio$.pipe(behavioralSignals({ budget: tenMinutes })).subscribe({ complete: () => console.log(tenMinutes.usedMs, 'ms sent') });
 */
export function budget(options: BudgetOptions): Budget {
  return openBudget('budget({ maxAudioMs })', options);
}

/**
 * A budget of its own for plain options; one that is shared as it is.
 *
 * @param option As the caller writes it, for messages.
 */
export function openBudget(option: string, options: Budget | BudgetOptions): Budget {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(option, 'must be an object with maxAudioMs', options);
  }
  // Not by its class: a process can hold the ESM and the CommonJS build at once.
  if ('take' in options) return options;
  expectOptions<BudgetOptions>((name) => option.replace('maxAudioMs', name), options, { maxAudioMs: true });
  const { maxAudioMs } = options;
  expectNumber(option, maxAudioMs, { above: 0, unit: 'milliseconds' });
  let usedMs = 0;
  return {
    maxAudioMs,
    get usedMs() {
      return usedMs;
    },
    get remainingMs() {
      return Math.max(0, maxAudioMs - usedMs);
    },
    take(samples, sampleRate) {
      const left = Math.floor(((maxAudioMs - usedMs) * sampleRate) / 1000 + ROUNDING);
      const taken = Math.max(0, Math.min(samples, left));
      usedMs += (taken * 1000) / sampleRate;
      return taken;
    },
    giveBack(samples, sampleRate) {
      usedMs = Math.max(0, usedMs - (samples * 1000) / sampleRate);
    },
  };
}

/** Whether so much audio may be written, and one sample at least. */
export function isAffordable(budget: Budget | undefined, ms: number, sampleRate: number): boolean {
  return budget === undefined || (budget.remainingMs * sampleRate) / 1000 + ROUNDING >= Math.max(1, (ms * sampleRate) / 1000);
}
