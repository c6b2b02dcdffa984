import { OptionError } from '../index.js';

/**
 * Builds the parser of an option that takes a number.
 *
 * @param option As the user writes it, for instance `--chunk`.
 * @throws OptionError (from the parser) that names the option and what it allows.
 */
export function numberOption(
  option: string,
  { min, max, whole = false, hint = '' }: { min: number; max: number; whole?: boolean; hint?: string },
): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    throw new OptionError(option, `must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}${hint}`, text);
  };
}
