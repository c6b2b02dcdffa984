/** What is missing from an input that another program decoded without a word about it. */
export interface Shortfall {
  /** A sentence without subject: `breaks off within …`. */
  what: string;
  /** Whether it is certain that input is missing; else its header may be wrong. */
  isCertain: boolean;
}

/** Watches the bytes of a container go by, to tell at the end whether they were all there. */
export interface CompletenessCheck {
  push(bytes: Uint8Array): void;
  /** @param decoded Samples per channel that came out. */
  end(decoded: number): Shortfall | undefined;
}
