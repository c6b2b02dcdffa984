/** The longest piece of decoded audio that is yielded at once, in milliseconds. */
export const LONGEST_PIECE_MS = 250;

/** The pieces that whoever asked does nothing without. */
export interface WholePieces {
  /** They end at multiples of this duration, in milliseconds, from where a run of samples begins. */
  readonly ms: number;
  /** What converts them on the way, whose output is what is counted. Default: nothing. */
  readonly filter?: WholeFilter | undefined;
  /** Whether one channel is kept on the way, so that more or fewer others make no break. Default: false. */
  readonly keepsOne?: boolean | undefined;
  /** Samples of the output that came before the first and count as well. Default: 0. */
  readonly before?: number | undefined;
  /** Whether something came before whose end the first sample tells. Default: false. */
  readonly endsOther?: boolean | undefined;
}

/** A filter between pieces and whoever does nothing without whole ones. */
export interface WholeFilter {
  /** Sample rate of its output in Hz. */
  readonly rate: number;
  /**
   * Says how many samples from the first on, at the rate given, it needs for so many of its output; undefined as long as that isn't known,
   * when any piece will do.
   */
  needs(sampleRate: number): ((outputs: number) => number) | undefined;
}

/** Decides into which pieces samples at hand are cut. */
export class PieceLength {
  readonly #longest: number;
  readonly #sampleRate: number;
  readonly #whole: WholePieces | undefined;
  readonly #rate: number;
  /** Pieces that each whole duration is divided into. */
  readonly #parts: number;
  #needs: ((outputs: number) => number) | undefined;
  /** The last answer: from where to where a piece goes. */
  #from = -1;
  #end = 0;

  /**
   * @param sampleRate In Hz.
   * @param whole Where pieces end, counted from the first sample; those that would be longer than a piece may be are divided. Default:
   * whatever is at hand makes a piece.
   */
  constructor(sampleRate: number, whole?: WholePieces) {
    this.#longest = Math.max(1, Math.floor((sampleRate * LONGEST_PIECE_MS) / 1000));
    this.#sampleRate = sampleRate;
    this.#whole = whole;
    this.#rate = whole?.filter?.rate ?? sampleRate;
    this.#parts = Math.ceil((whole?.ms ?? LONGEST_PIECE_MS) / LONGEST_PIECE_MS);
    if (!whole?.filter) this.#needs = (outputs) => outputs;
  }

  /**
   * Samples of the next piece, 0 when there is none yet.
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
    this.#needs ??= this.#whole.filter!.needs(this.#sampleRate);
    if (!this.#needs) return undefined;
    if (position !== this.#from) {
      this.#from = position;
      this.#end = this.#endAfter(position, this.#whole, this.#needs);
    }
    return this.#end - position;
  }

  #endAfter(position: number, { ms, before = 0, endsOther }: WholePieces, needs: (outputs: number) => number): number {
    const perPart = (ms * this.#rate) / (1000 * this.#parts);
    const first = needs(1);
    // The first sample of input has a filter give what it held back, and the first of output ends a chunk.
    if (endsOther && position < first) return position === 0 ? 1 : first;
    const passed = before + ((position - first) * this.#rate) / this.#sampleRate;
    for (let index = Math.max(1, Math.floor(passed / perPart) - 1); ; index += 1) {
      // As those of `chunk(ms)`, to the last bit: half a sample must be rounded the same way.
      const outputs = Math.round((index * ms * this.#rate) / (1000 * this.#parts)) - before;
      const end = outputs > 0 ? needs(outputs) : 0;
      if (end > position) return end;
    }
  }
}
