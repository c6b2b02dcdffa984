/** Shorter tokens are no secrets, and hiding them would garble ordinary words. */
const SHORTEST_SECRET = 8;

const secrets = new Set<string>();

/** Notes a token that must never be printed, whoever repeats it. */
export function keepSecret(token: string): void {
  if (token.length >= SHORTEST_SECRET) secrets.add(token);
}

/** Text that may be shown: control characters, which could steer a terminal, become spaces, and tokens are hidden. Newlines stay. */
export function printable(text: string): string {
  let shown = text.replace(/[^\P{Cc}\n]/gu, ' ');
  for (const secret of secrets) shown = shown.replaceAll(secret, '(hidden)');
  return shown;
}

/** Cuts text to a width in characters; an ellipsis marks the cut. */
export function fitText(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Breaks text into lines of at most a width in characters, between words where it can. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
