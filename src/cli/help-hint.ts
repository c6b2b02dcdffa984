/** Where the help on a command is; on the program where none is known. */
export function helpHint(command = ''): string {
  return `"${['behavioral-signals-rx', command, '--help'].filter(Boolean).join(' ')}" shows what is allowed.`;
}
