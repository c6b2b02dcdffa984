/** How many numbers are remembered, to tell those that come again. */
const REMEMBERED = 1024;

/** How many numbers may be waiting for an earlier one. */
const MAX_AHEAD = 512;

/** Numbers up to this are taken for the beginning of a sequence that starts at 0 or 1. */
const FIRST_NUMBERS = 8;

/** Tells which numbers of a sequence came, came again, and can't come any more; bounded, whatever comes. */
export class SequenceWindow {
  readonly #recent = new Set<number>();
  readonly #ahead = new Set<number>();
  /** Everything up to here came, or is not waited for any more. */
  #settled: number | undefined;
  #highest = Number.NEGATIVE_INFINITY;
  #lastMissing = Number.NEGATIVE_INFINITY;

  /** The highest number that was given up. */
  get lastMissing(): number {
    return this.#lastMissing;
  }

  /** Takes a number that came. */
  add(number: number): 'new' | 'reordered' | 'duplicate' {
    if (this.#recent.has(number)) return 'duplicate';
    this.#remember(number);
    this.#settled ??= number <= FIRST_NUMBERS ? Math.min(0, number - 1) : number - 1;
    const isReordered = number < this.#highest;
    this.#highest = Math.max(this.#highest, number);
    if (number > this.#settled) this.#ahead.add(number);
    this.#advance();
    if (this.#ahead.size > MAX_AHEAD) this.giveUpTo(Math.min(...this.#ahead));
    return isReordered ? 'reordered' : 'new';
  }

  /** Whether everything before a number came or was given up. */
  isSettled(number: number): boolean {
    return this.#settled !== undefined && number <= this.#settled;
  }

  /** Nothing before this number is waited for any more. */
  giveUpTo(number: number): void {
    if (this.#settled === undefined || number <= this.#settled) return;
    let missing = number - 1;
    while (missing > this.#settled && this.#ahead.has(missing)) missing -= 1;
    if (missing > this.#settled) this.#lastMissing = Math.max(this.#lastMissing, missing);
    for (const waiting of this.#ahead) if (waiting < number) this.#ahead.delete(waiting);
    this.#settled = number - 1;
    this.#advance();
  }

  #advance(): void {
    while (this.#ahead.delete(this.#settled! + 1)) this.#settled! += 1;
  }

  #remember(number: number): void {
    this.#recent.add(number);
    if (this.#recent.size <= REMEMBERED) return;
    for (const oldest of this.#recent) {
      this.#recent.delete(oldest);
      return;
    }
  }
}
