import type { LegEvent } from '../telephony/index.js';

interface Failure {
  readonly error: unknown;
  /** What it ended: the audio or the analysis, of which legs. */
  readonly ended: Map<string, string[]>;
}

/** What went wrong with a call, each failure once, however many legs it ended. */
export class LegFailures {
  readonly #say: (error: unknown) => string;
  readonly #failures = new Map<string, Failure>();

  /** @param say An error as it is shown; those that are shown alike are one failure. */
  constructor(say: (error: unknown) => string) {
    this.#say = say;
  }

  /** The first error; undefined when nothing failed. */
  get first(): { readonly error: unknown } | undefined {
    return this.#failures.values().next().value;
  }

  /** Notes a leg that failed. */
  ofLeg({ leg, failed = 'audio', error }: LegEvent): void {
    const { ended } = this.#of(error);
    ended.set(failed, [...(ended.get(failed) ?? []), leg]);
  }

  /** Notes the error of the whole call, which may be that of a leg. */
  ofCall(error: unknown): void {
    this.#of(error);
  }

  /** Each failure as text: the error, and what it ended. */
  texts(): string[] {
    return [...this.#failures].map(([said, { ended }]) =>
      [said, ...[...ended].map(([what, legs]) => `This ended the ${what} of ${legs.join(' and ')}.`)].join('\n'),
    );
  }

  #of(error: unknown): Failure {
    const said = this.#say(error);
    const failure = this.#failures.get(said) ?? { error, ended: new Map() };
    this.#failures.set(said, failure);
    return failure;
  }
}
