import { BatchApiError } from '../errors/index.js';

const CERTIFICATE_CODES = /CERT|^ERR_TLS_|^ERR_SSL_|^EPROTO$|SELF_SIGNED|UNABLE_TO_VERIFY/;

/**
 * The error of a connection that could not be made, or broke.
 *
 * @param context.unsent Whether nothing was sent yet.
 * @param context.statusCode Of an answer that had begun.
 */
export function connectionError(
  host: string,
  cause: Error,
  { unsent, statusCode }: { unsent: boolean; statusCode: number | undefined },
): BatchApiError {
  const code = codeOf(cause);
  const isUntrusted = unsent && CERTIFICATE_CODES.test(code);
  const what = unsent
    ? 'could not be reached'
    : statusCode === undefined
      ? 'closed the connection before it had answered'
      : 'closed the connection amid its answer';
  const why = code === '' ? '' : ` (${code})`;
  const advice = isUntrusted ? '; its certificate is not trusted: for an authority of your own, give tls: { ca }' : '';
  return new BatchApiError('REQUEST_FAILED', `${host} ${what}${why}${advice}`, {
    cause,
    statusCode,
    retryable: !isUntrusted,
    unsent,
  });
}

/** Of an attempt over several addresses, the first one's. */
function codeOf(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const { code } = (first ?? error) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}
