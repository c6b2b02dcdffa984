import type { ExitCode } from './exit-code.js';
import { printable } from './printable.js';
import { terminalColours } from './terminal-colours.js';

/** What the doctor found out about one thing. */
export interface DoctorCheck {
  /** What was looked at, for instance `ffmpeg`. */
  readonly name: string;
  /** `note` is worth knowing; `missing` and `wrong` keep something from working. */
  readonly status: 'ok' | 'note' | 'missing' | 'wrong';
  readonly detail: string;
  /** What the process exits with for this, when it is needed. */
  readonly exitCode?: ExitCode;
}

const COLOURS = { ok: 'green', note: 'yellow', missing: 'red', wrong: 'red' } as const;

/** A check as a line of text; the status is a word, whatever its colour. */
export function checkLine({ name, status, detail }: DoctorCheck): string {
  const [first = '', ...rest] = printable(detail).split('\n');
  const lines = [
    `${terminalColours()[COLOURS[status]](status.padEnd(7))}  ${name.padEnd(11)}  ${first}`,
    ...rest.map((line) => `${' '.repeat(22)}${line}`),
  ];
  return lines.join('\n');
}
