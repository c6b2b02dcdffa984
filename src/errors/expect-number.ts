import { OptionError } from './option-error.js';

/** Which numbers an option allows; bounds are inclusive unless named otherwise. */
export interface NumberRange {
  min?: number;
  /** Exclusive lower bound. */
  above?: number;
  max?: number;
  /** Whether only whole numbers are allowed. Default: false. */
  whole?: boolean;
  /** Named in the message, for instance `ms` or `Hz`. */
  unit?: string;
}

/**
 * Checks that an option is a number in its range.
 *
 * @param option As the caller writes it, for instance `chunk(ms)`.
 * @throws OptionError that names the option and what it allows.
 */
export function expectNumber(option: string, value: unknown, range: NumberRange): asserts value is number {
  const {
    min = Number.NEGATIVE_INFINITY,
    above = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
    whole = false,
  } = range;
  const fits = typeof value === 'number' && value >= min && value > above && value <= max && (!whole || Number.isInteger(value));
  if (!fits) throw new OptionError(option, `must be ${describe(range)}`, value);
}

function describe({ min, above, max, whole, unit }: NumberRange): string {
  const bounds = [
    min !== undefined && `from ${min}`,
    above !== undefined && `above ${above}`,
    max !== undefined && `${min === undefined ? 'up ' : ''}to ${max}`,
  ];
  return [whole ? 'a whole number' : 'a number', unit && `of ${unit}`, ...bounds].filter(Boolean).join(' ');
}
