import { printJsonFloat } from './wire-number.js';

/** Reads an embedding, a JSON array of numbers as text; undefined when there is none or it isn't one. */
export function parseEmbedding(text: unknown): number[] | undefined {
  if (typeof text !== 'string' || !text.trimStart().startsWith('[')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  // Adding 0 turns negative zeros, which JSON text can't hold on to, into zeros.
  return parsed.every((value): value is number => Number.isFinite(value)) ? parsed.map((value) => value + 0) : undefined;
}

/** Prints an embedding as the service's JSON text. */
export function printEmbedding(values: readonly number[]): string {
  return `[${values.map(printJsonFloat).join(', ')}]`;
}
