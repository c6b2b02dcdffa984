/** The longest piece of decoded audio that is yielded at once, in milliseconds. */
export const LONGEST_PIECE_MS = 250;

/** Decides into which pieces a decoder cuts the samples at hand. */
export class PieceLength {
  readonly #longest: number;
  readonly #sampleRate: number;
  readonly #wholeMs: number | undefined;
  /** Pieces that each whole duration is divided into. */
  readonly #parts: number;

  /**
   * @param sampleRate In Hz.
   * @param wholeMs Cut at multiples of this duration from the first sample, because whoever asked does nothing before it is complete; a
   * longer one than a piece may be is divided. Default: whatever is at hand makes a piece.
   */
  constructor(sampleRate: number, wholeMs?: number) {
    this.#longest = Math.max(1, Math.floor((sampleRate * LONGEST_PIECE_MS) / 1000));
    this.#sampleRate = sampleRate;
    this.#wholeMs = wholeMs;
    this.#parts = Math.ceil((wholeMs ?? LONGEST_PIECE_MS) / LONGEST_PIECE_MS);
  }

  /**
   * Samples that the next piece has; 0 to wait for more.
   *
   * @param position Samples before it.
   * @param available Samples at hand.
   * @param isAll Whether no more will come.
   */
  next(position: number, available: number, isAll: boolean): number {
    const whole = this.whole(position);
    if (whole === undefined) return Math.min(available, this.#longest);
    if (available >= whole) return whole;
    return isAll ? available : 0;
  }

  /** Samples without which no piece is made, unless the input ends; undefined when any will do. */
  whole(position: number): number | undefined {
    return this.#wholeMs === undefined ? undefined : this.#boundaryAfter(position, this.#wholeMs) - position;
  }

  #boundaryAfter(position: number, wholeMs: number): number {
    // As those of `chunk(ms)`, to the last bit: half a sample must be rounded the same way.
    const boundary = (index: number) => Math.round((index * wholeMs * this.#sampleRate) / (1000 * this.#parts));
    let index = Math.floor((position * 1000 * this.#parts) / (wholeMs * this.#sampleRate));
    while (boundary(index) <= position) index += 1;
    return boundary(index);
  }
}
