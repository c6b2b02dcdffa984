import { type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import {
  AuthenticationError,
  answersWithoutTls,
  InsufficientCreditsError,
  StreamingError,
  type StreamingErrorDetails,
} from '../errors/index.js';

/** Statuses after which the same stream may succeed later; the others are final. UNKNOWN and OK before our end are among them. */
const TRANSIENT: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
  status.INTERNAL,
  status.DEADLINE_EXCEEDED,
  status.UNKNOWN,
  status.CANCELLED,
]);

/** The typed error for the status that ended a stream which we had not cancelled. */
export function statusError(endpoint: string, { code, details, metadata }: StatusObject, audioEnded: boolean): StreamingError {
  const extra: StreamingErrorDetails = {
    status: code,
    details,
    metadata: metadataRecord(metadata),
    retryable: TRANSIENT.has(code) || code === status.OK,
  };
  // grpc-js has a note on name resolution in every failure to connect, mostly an empty one.
  const said = details ? `: ${details.replace(/\s*Resolution note:\s*$/, '').replace(/\.$/, '')}` : '';
  const name = status[code] ?? `status ${code}`;
  if (code === status.OK) {
    return new StreamingError('ENDED_EARLY', `${endpoint} ended the stream before the audio was over${said}`, extra);
  }
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
    return new AuthenticationError(
      'UNAUTHENTICATED',
      `${endpoint} refused the credentials (${name})${said}. Check cid and apiKey.`,
      extra,
    );
  }
  if (/\bcredits?\b/i.test(details)) {
    return new InsufficientCreditsError(`${endpoint} has no credits left for this project (${name})${said}`, {
      ...extra,
      retryable: false,
    });
  }
  if (code === status.UNAVAILABLE && /^No connection established.*certificate/is.test(details)) {
    return new StreamingError(
      'STREAM_FAILED',
      `No trusted connection to ${endpoint} could be made${said}. Check the server's certificate, and ca, cert, key and serverName of the option tls.`,
      { ...extra, retryable: false },
    );
  }
  if (code === status.UNAVAILABLE && details.startsWith('No connection established') && answersWithoutTls(details)) {
    return new StreamingError(
      'STREAM_FAILED',
      `${endpoint} answers without TLS, which was asked for. If plaintext is meant, write the endpoint as http://${endpoint}.`,
      { ...extra, retryable: false },
    );
  }
  return new StreamingError(
    'STREAM_FAILED',
    `The stream to ${endpoint} failed ${audioEnded ? 'after' : 'before'} the end of the audio (${name})${said}`,
    extra,
  );
}

/** The error of a session whose signal fired. */
export function abortedError(signal: AbortSignal | undefined): StreamingError {
  return new StreamingError('ABORTED', 'The session was aborted by its signal', { cause: signal?.reason });
}

function metadataRecord(metadata: Metadata | undefined): Record<string, string> {
  const entries = Object.entries(metadata?.getMap() ?? {});
  const secret = /token|authorization|key|cookie/i;
  return Object.fromEntries(entries.map(([key, value]) => [key, secret.test(key) ? '(hidden)' : String(value)]));
}
