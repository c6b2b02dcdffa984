/** Where a leg begins or ceases to speak. */
export interface SpeechBoundary {
  /** On the call's clock, in milliseconds. */
  readonly atMs: number;
  readonly speaks: boolean;
}

/** What makes sound a talkspurt. */
export interface TalkspurtRules {
  /** Speech shorter than this is taken for a click or a breath. */
  readonly minSpeechMs: number;
  /** Silence shorter than this, between speech of the same leg, is part of its speech. */
  readonly bridgeMs: number;
}

/**
 * Turns the verdicts on one leg's frames into talkspurts: stretches of speech with the stops within words and between them filled in.
 *
 * Short speech is thrown away first, then short silence is filled in, the order and the 200 ms of Brady, "A statistical analysis of on-off
 * patterns in 16 conversations" (Bell System Technical Journal 47, 1968). Pure: times are passed in, on any one clock.
 */
export class Talkspurts {
  readonly #rules: TalkspurtRules;
  #heardMs: number;
  /** Start of the uninterrupted speech that is going on. */
  #runMs: number | undefined;
  /** End of the last speech that was long enough, within a talkspurt that is open. */
  #spokeUntilMs: number | undefined;

  /** @param fromMs Where the leg begins; nothing is known before. */
  constructor(rules: TalkspurtRules, fromMs = Number.NEGATIVE_INFINITY) {
    this.#rules = rules;
    this.#heardMs = fromMs;
  }

  /** Up to where the leg was heard. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Up to where it is decided whether the leg speaks; all boundaries before it were returned. */
  get settledMs(): number {
    if (this.#spokeUntilMs !== undefined) return this.#spokeUntilMs;
    return this.#runMs ?? this.#heardMs;
  }

  /**
   * Takes the next frame's verdict; what lies before the end of the last one is left out, what was passed over is silent.
   *
   * @returns The boundaries that are certain now, in order.
   */
  push(startMs: number, endMs: number, isSpeech: boolean): SpeechBoundary[] {
    const fromMs = Math.max(startMs, this.#heardMs);
    if (!(endMs > fromMs)) return [];
    const boundaries = fromMs > this.#heardMs ? this.#silence(fromMs) : [];
    return boundaries.concat(isSpeech ? this.#speech(fromMs, endMs) : this.#silence(endMs));
  }

  /** Takes the leg for silent up to there, and closes the talkspurt that is open. */
  end(atMs: number): SpeechBoundary[] {
    this.#heardMs = Math.max(this.#heardMs, atMs);
    this.#runMs = undefined;
    return this.#close();
  }

  #speech(fromMs: number, endMs: number): SpeechBoundary[] {
    this.#heardMs = endMs;
    this.#runMs ??= fromMs;
    if (endMs - this.#runMs < this.#rules.minSpeechMs) return [];
    const opens = this.#spokeUntilMs === undefined;
    this.#spokeUntilMs = endMs;
    return opens ? [{ atMs: this.#runMs, speaks: true }] : [];
  }

  #silence(endMs: number): SpeechBoundary[] {
    this.#heardMs = endMs;
    this.#runMs = undefined;
    if (this.#spokeUntilMs === undefined || endMs - this.#spokeUntilMs < this.#rules.bridgeMs) return [];
    return this.#close();
  }

  #close(): SpeechBoundary[] {
    const atMs = this.#spokeUntilMs;
    this.#spokeUntilMs = undefined;
    return atMs === undefined ? [] : [{ atMs, speaks: false }];
  }
}
