/** The longest piece of decoded audio that is yielded at once, in milliseconds. */
export const LONGEST_PIECE_MS = 250;

/** The pieces that whoever asked does nothing without. */
export interface WholePieces {
  /** They end at multiples of this duration, in milliseconds, from where a run of samples begins. */
  readonly ms: number;
  /**
   * So many samples after each multiple, at the pieces' own rate, because a filter on the way holds them back; undefined as long as that
   * isn't known, when any piece will do. Default: 0.
   */
  readonly delay?: ((sampleRate: number) => number | undefined) | undefined;
}

/** Decides into which pieces samples at hand are cut. */
export class PieceLength {
  readonly #longest: number;
  readonly #sampleRate: number;
  readonly #whole: WholePieces | undefined;
  /** Pieces that each whole duration is divided into. */
  readonly #parts: number;

  /**
   * @param sampleRate In Hz.
   * @param whole Where pieces end, counted from the first sample; those that would be longer than a piece may be are divided. Default:
   * whatever is at hand makes a piece.
   */
  constructor(sampleRate: number, whole?: WholePieces) {
    this.#longest = Math.max(1, Math.floor((sampleRate * LONGEST_PIECE_MS) / 1000));
    this.#sampleRate = sampleRate;
    this.#whole = whole;
    this.#parts = Math.ceil((whole?.ms ?? LONGEST_PIECE_MS) / LONGEST_PIECE_MS);
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
    // Half a sample more than the longest is a matter of rounding; a filter's delay is not.
    if (available >= whole) return whole > this.#longest + 1 ? this.#longest : whole;
    return isAll ? Math.min(available, this.#longest) : 0;
  }

  /** Samples without which no piece is made, unless the input ends; undefined when any will do. */
  whole(position: number): number | undefined {
    if (!this.#whole) return undefined;
    const { ms, delay } = this.#whole;
    const delayed = delay ? delay(this.#sampleRate) : 0;
    return delayed === undefined ? undefined : this.#boundaryAfter(position - delayed, ms) + delayed - position;
  }

  #boundaryAfter(position: number, wholeMs: number): number {
    // As those of `chunk(ms)`, to the last bit: half a sample must be rounded the same way.
    const boundary = (index: number) => Math.round((index * wholeMs * this.#sampleRate) / (1000 * this.#parts));
    let index = Math.max(1, Math.floor((position * 1000 * this.#parts) / (wholeMs * this.#sampleRate)));
    while (boundary(index) <= position) index += 1;
    return boundary(index);
  }
}
