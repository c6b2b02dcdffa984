import { type BehavioralSignalsError, type ErrorCode, isBehavioralSignalsError } from '../index.js';
import { currentCommand } from './current-command.js';
import { helpHint } from './help-hint.js';
import { namedHere } from './named-here.js';
import { printable } from './printable.js';

/** What to do on the command line, for errors whose own message can't know it. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'Check BEHAVIORALSIGNALS_CID and BEHAVIORALSIGNALS_API_KEY, or the file given with --credentials.',
  CONNECT_TIMEOUT: '"behavioral-signals-rx doctor" looks at the connection without sending audio; --local needs none.',
  INSECURE_ENDPOINT: 'Give --endpoint host:port of a server with TLS; plaintext (http://) is for this machine only.',
  UNRECOGNIZED_INPUT: 'Is it the right file? "behavioral-signals-rx doctor FILE" shows what is in it.',
  SUBMISSION_UNCERTAIN: '"behavioral-signals-rx batch list" shows what the service has accepted.',
  INSUFFICIENT_CREDITS: 'Top the project up, or go on with --local.',
};

/** Node.js hands arguments over as UTF-8 only; what is none becomes this character. */
const NOT_UTF8 = '\uFFFD';
const UNNAMEABLE = 'A name that is not UTF-8 can\'t be passed on: rename it, or give its content by standard input, "- < FILE".';

const UNREACHABLE = '"behavioral-signals-rx doctor" says what stands in the way; --local needs no connection.';

/**
 * An error as the command line shows it: `error CODE: message`, then what to do. No stack trace, unless DEBUG is set.
 *
 * `advise: false` leaves out what to do. Errors that aren't the library's own have no stable code and are shown as INTERNAL: they are bugs.
 */
export function describeError(error: unknown, { advise = true }: { advise?: boolean } = {}): string {
  if (!isBehavioralSignalsError(error)) {
    const said = error instanceof Error ? error.message : String(error);
    const stack = process.env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    return printable(
      `error INTERNAL: ${said}${stack}\nThis is a bug; please report it, with what DEBUG=1 in the environment adds.`,
    );
  }
  const lines = [`error ${error.code}: ${namedHere(error.message)}`];
  const advice = adviceOn(error);
  if (advice && advise) lines.push(advice);
  if (process.env.DEBUG) lines.push(error.stack ?? '', ...(error.cause ? [`cause: ${String(error.cause)}`] : []));
  return printable(lines.join('\n'));
}

function adviceOn(error: BehavioralSignalsError): string | undefined {
  if (error.code === 'INVALID_OPTION') return helpHint(currentCommand());
  if ((error as { status?: unknown }).status === 14) return UNREACHABLE;
  return error.code === 'SOURCE_FAILED' && error.message.includes(NOT_UTF8) ? UNNAMEABLE : ADVICE[error.code];
}
