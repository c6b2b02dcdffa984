import { connectivityState, status } from '@grpc/grpc-js';
import { StreamingError } from '../errors/index.js';
import { Connection } from './connection.js';
import { resolveSettings } from './session-settings.js';
import type { StreamingOptions } from './streaming-options.js';

/** The options of a stream that decide on its connection. */
export type EndpointOptions = Pick<StreamingOptions, 'endpoint' | 'tls' | 'allowInsecure' | 'connectTimeoutMs'>;

/** A connection that came about. */
export interface ReachedEndpoint {
  /** `host:port`. */
  readonly endpoint: string;
  /** Whether the connection is encrypted; false over plaintext. */
  readonly isTls: boolean;
  /** Time until the connection could have taken a stream, in milliseconds. */
  readonly tookMs: number;
}

/**
 * Connects to the service as a stream would, through the same TLS and proxies, and lets go again: no call is made, and neither
 * credentials nor audio are sent.
 *
 * @throws OptionError and StreamingError `INSECURE_ENDPOINT` for wrong options; StreamingError `CONNECT_TIMEOUT` after
 * `connectTimeoutMs` (default: 10,000), `STREAM_FAILED` when the connection failed before.
 */
export async function checkEndpoint(options: EndpointOptions = {}): Promise<ReachedEndpoint> {
  // Credentials belong to calls; without a call these go nowhere.
  const settings = resolveSettings('checkEndpoint', 'behavior', { ...options, cid: 1, apiKey: 'unused' });
  const { endpoint, tls, connectTimeoutMs } = settings;
  const startedAt = performance.now();
  const connection = new Connection(settings);
  try {
    const channel = connection.client.getChannel();
    const deadline = Date.now() + connectTimeoutMs;
    for (let state = channel.getConnectivityState(true); state !== connectivityState.READY; ) {
      if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) {
        throw new StreamingError('STREAM_FAILED', `${endpoint} can't be connected to`, {
          status: status.UNAVAILABLE,
          retryable: true,
        });
      }
      await new Promise<void>((resolve, reject) => {
        channel.watchConnectivityState(state, deadline, (error) => {
          if (!error) return resolve();
          const message = `${endpoint} did not answer the connection within ${connectTimeoutMs} ms`;
          reject(new StreamingError('CONNECT_TIMEOUT', message, { retryable: true, cause: error }));
        });
      });
      state = channel.getConnectivityState(true);
    }
    connection.close();
    return { endpoint, isTls: tls !== undefined, tookMs: performance.now() - startedAt };
  } finally {
    connection.close({ graceMs: 0 });
  }
}
