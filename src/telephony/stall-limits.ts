import { expectNumber, expectOptions } from '../errors/index.js';

/** How long nothing may come before a stall. */
export interface StallLimits {
  /** At the beginning, in milliseconds. Default: 30,000. */
  firstMs: number;
  /** Later, in milliseconds. Default: 15,000. */
  laterMs: number;
}

/**
 * Checks the `stall` option that sources of telephony share, and fills in its defaults.
 *
 * @param option An option as the caller writes it, by its name.
 * @throws OptionError that names the option.
 */
export function resolveStallLimits(
  stall: { [Name in keyof StallLimits]?: number | undefined } = {},
  option: (name: string) => string,
): StallLimits {
  expectOptions<StallLimits>((name) => option(`stall: { ${name} }`), stall as StallLimits, { firstMs: true, laterMs: true });
  const { firstMs = 30_000, laterMs = 15_000 } = stall;
  expectNumber(option('stall: { firstMs }'), firstMs, { above: 0, unit: 'milliseconds' });
  expectNumber(option('stall: { laterMs }'), laterMs, { above: 0, unit: 'milliseconds' });
  return { firstMs, laterMs };
}
