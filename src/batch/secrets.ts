/** Shorter texts are no secrets, and hiding them would garble ordinary words. */
const SHORTEST_SECRET = 4;

/** Replaces secrets in text that may be shown; what it hides can't be seen by looking at it. */
export class Secrets {
  readonly #texts: string[];

  constructor(...texts: readonly string[]) {
    this.#texts = texts.filter((text) => text.length >= SHORTEST_SECRET);
  }

  /** The same, with one more. */
  with(...texts: readonly string[]): Secrets {
    return new Secrets(...this.#texts, ...texts);
  }

  /** The text without secrets, however JSON or a URL writes them. */
  hideIn(text: string): string {
    return this.#texts
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
      .reduce((shown, secret) => shown.replaceAll(secret, '(hidden)'), text);
  }

  /** A JSON value without secrets. */
  hideInJson(value: unknown): unknown {
    return value === undefined ? undefined : JSON.parse(this.hideIn(JSON.stringify(value)));
  }
}
