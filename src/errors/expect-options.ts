import { OptionError } from './option-error.js';

/** Every name that options of a type can have, as keys; the compiler knows when one is missing. */
export type OptionNames<Options> = Readonly<Record<keyof Options, unknown>>;

/**
 * Checks that options are an object, and that it has no names but known ones; a name without a value doesn't count.
 *
 * @param call As the caller writes it, for instance `decode`; for options within options, what names one of them.
 * @throws OptionError that names the option, and the known one that it was probably meant to be.
 */
export function expectOptions<Options extends object>(
  call: string | ((option: string) => string),
  options: Options,
  known: OptionNames<Required<Options>>,
): void {
  const named = typeof call === 'string' ? (option: string) => `${call}({ ${option} })` : call;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(typeof call === 'string' ? `${call}(options)` : named('…'), 'must be an object of options', options);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const meant = nearest(name, names);
    const hint = meant === undefined ? `those there are: ${names.join(', ')}` : `did you mean ${meant}?`;
    throw new OptionError(named(name), `is no option; ${hint}`);
  }
}

/** The name that takes the fewest slips to be mistyped so, if it takes no more than one for each three letters. */
function nearest(name: string, names: readonly string[]): string | undefined {
  let meant: string | undefined;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const slips = slipsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (slips < fewest) [meant, fewest] = [candidate, slips];
  }
  return meant;
}

/** How many letters were left out, added, replaced, or swapped with their neighbour (the optimal string alignment distance). */
function slipsBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? rows[i - 2]![j - 2]! + 1 : replaced;
      row.push(Math.min(replaced, swapped, rows[i - 1]![j]! + 1, row[j - 1]! + 1));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
