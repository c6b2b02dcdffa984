let current: string | undefined;

/** Notes which command the user has given, as it is written: `stream`, `batch list`. */
export function enterCommand(path: string): void {
  current = path;
}

/** The command that the user has given; undefined before that is known. */
export function currentCommand(): string | undefined {
  return current;
}
