const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads one of the wire's numbers, `"0.5481"` or `"1e-04"`; undefined for anything that isn't a finite decimal number. */
export function parseNumber(text: unknown): number | undefined {
  const value = typeof text === 'number' ? text : typeof text === 'string' && decimal.test(text) ? Number(text) : Number.NaN;
  // JSON has no negative zero.
  return Number.isFinite(value) ? value + 0 : undefined;
}

/** Reads one of the wire's times in seconds; undefined for what can't be a position in a stream: negative, or over 30 years. */
export function parseSeconds(text: unknown): number | undefined {
  const seconds = parseNumber(text);
  return seconds !== undefined && seconds >= 0 && seconds < 1e9 ? seconds : undefined;
}

/**
 * Prints a posterior, logit or score as the service does: `"1.0"`, `"0.5481"`, and `"1e-04"` where that is shorter.
 *
 * Loses nothing: `parseNumber` gives the same number back.
 */
export function printNumber(value: number): string {
  const fixed = String(value);
  const exponential = printExponential(value);
  if (fixed.includes('e')) return exponential;
  const padded = fixed.includes('.') ? fixed : `${fixed}.0`;
  return padded.length <= exponential.length ? padded : exponential;
}

/** Prints seconds as the service does, with at least two decimals: `"0.00"`, `"0.487"`. Loses nothing. */
export function printSeconds(value: number): string {
  const fixed = String(value);
  if (fixed.includes('e')) return printExponential(value);
  const decimals = fixed.length - (fixed.includes('.') ? fixed.indexOf('.') + 1 : fixed.length);
  return decimals < 2 ? value.toFixed(2) : fixed;
}

/** Prints a number as Python's `json` module does, which is how embeddings reach the wire: `1.0`, `0.0001`, `1e-05`. */
export function printJsonFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) return printExponential(value);
  const fixed = String(value);
  return fixed.includes('.') ? fixed : `${fixed}.0`;
}

/** Shortest digits with an exponent of at least two, as C prints it. */
function printExponential(value: number): string {
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
