import { type ErrorCode, isBehavioralSignalsError } from '../index.js';
import { printable } from './printable.js';

/** What to do on the command line, for errors whose own message can't know it. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  INVALID_OPTION: '"behavioral-signals-rx help COMMAND" shows what is allowed.',
  UNAUTHENTICATED: 'Check BEHAVIORALSIGNALS_CID and BEHAVIORALSIGNALS_API_KEY, or the file given with --credentials.',
  CONNECT_TIMEOUT: '"behavioral-signals-rx doctor" looks at the connection without sending audio; --local needs none.',
  INSECURE_ENDPOINT: 'Give --endpoint host:port of a server with TLS; plaintext (http://) is for this machine only.',
  UNRECOGNIZED_INPUT: 'Is it the right file? "behavioral-signals-rx doctor FILE" shows what is in it.',
  SUBMISSION_UNCERTAIN: '"behavioral-signals-rx batch list" shows what the service has accepted.',
  INSUFFICIENT_CREDITS: 'Top the project up, or go on with --local.',
};

/** Names that the library's messages use, and what they are called here. */
const NAMED_HERE: readonly (readonly [RegExp, string])[] = [
  [/(behavioralSignals|detectDeepfakes|checkEndpoint)\(\{ endpoint \}\)/g, '--endpoint'],
  [/createBatchClient\(\{ baseUrl \}\)/g, '--base-url'],
  [/ Use https:\/\/, or set allowInsecure: true if the network is trusted\./g, ''],
  [/channel\(index\)/g, '--channel'],
  [/list\(\{ startDate \}\): must be a day, YYYY-MM-DD, or a valid Date/g, '--from: must be a day, YYYY-MM-DD'],
  [/list\(\{ endDate \}\): must be a day, YYYY-MM-DD, or a valid Date/g, '--to: must be a day, YYYY-MM-DD'],
  [/list\(\{ endDate \}\): must be after startDate/g, '--to: must be after --from'],
  [/ Use TLS, or set allowInsecure: true if the network is trusted\./g, ''],
  [/ Check cid and apiKey\./g, ''],
];

const UNREACHABLE = '"behavioral-signals-rx doctor" says what stands in the way; --local needs no connection.';

/**
 * An error as the command line shows it: `error CODE: message`, then what to do. No stack trace, unless DEBUG is set.
 *
 * Errors that aren't the library's own have no stable code and are shown as INTERNAL: they are bugs.
 */
export function describeError(error: unknown): string {
  if (!isBehavioralSignalsError(error)) {
    const said = error instanceof Error ? error.message : String(error);
    const stack = process.env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    return printable(
      `error INTERNAL: ${said}${stack}\nThis is a bug; please report it, with what DEBUG=1 in the environment adds.`,
    );
  }
  const message = NAMED_HERE.reduce((text, [theirs, ours]) => text.replace(theirs, ours), error.message).trim();
  const lines = [`error ${error.code}: ${message}`];
  const advice = (error as { status?: unknown }).status === 14 ? UNREACHABLE : ADVICE[error.code];
  if (advice) lines.push(advice);
  if (process.env.DEBUG) lines.push(error.stack ?? '', ...(error.cause ? [`cause: ${String(error.cause)}`] : []));
  return printable(lines.join('\n'));
}
