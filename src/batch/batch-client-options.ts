import type { TlsOptions } from '../tls/index.js';

/** How requests that may be sent again are; see `BatchClientOptions.retry`. */
export interface BatchRetryOptions {
  /** Attempts after the first one, in a row, before the failure is final. Default: 5. */
  maxAttempts?: number | undefined;
  /** Delay before the first of them, in milliseconds; later ones back off exponentially, with jitter. Default: 500. */
  initialDelayMs?: number | undefined;
  /** The longest delay, in milliseconds. Default: 30,000. */
  maxDelayMs?: number | undefined;
  /** The longest time that a `Retry-After` of the service is honoured for, in milliseconds. Default: 120,000. */
  maxRetryAfterMs?: number | undefined;
}

/** How often the state of a process is asked for; see `BatchClientOptions.poll`. */
export interface BatchPollOptions {
  /** Delay before the first question, in milliseconds; each later one waits 1.5 times as long. Default: 1000. */
  initialDelayMs?: number | undefined;
  /** The longest delay between two questions, in milliseconds. Default: 30,000. */
  maxDelayMs?: number | undefined;
}

/** Options of {@link createBatchClient}. */
export interface BatchClientOptions {
  /** The project's ID. Default: the environment variable `BEHAVIORALSIGNALS_CID`. */
  cid?: number | string | undefined;
  /** The project's API token, sent with every request. Default: the environment variable `BEHAVIORALSIGNALS_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * Where the API is, version included. Plaintext (`http://`) is refused beyond this machine. Default: the environment variable
   * `BEHAVIORALSIGNALS_BASE_URL`, else `https://api.behavioralsignals.com/v5`.
   */
  baseUrl?: string | undefined;
  /** Allows plaintext to a host that isn't loopback: the token and the audio travel readable. Default: false. */
  allowInsecure?: boolean | undefined;
  /** Certificates for TLS: authorities of your own, a client certificate, the server's name. Default: the system's authorities. */
  tls?: TlsOptions | undefined;
  /** How long connecting may take, TLS included, in milliseconds. Default: 10,000. */
  connectTimeoutMs?: number | undefined;
  /**
   * How long nothing may move while the service is waited for, in milliseconds: an upload that it takes nothing of (`STALLED`), or an
   * answer that doesn't come or go on (`REQUEST_TIMEOUT`). Default: 60,000.
   */
  idleTimeoutMs?: number | undefined;
  /** How long a request may take in all, uploads aside, in milliseconds. Default: 120,000. */
  requestTimeoutMs?: number | undefined;
  /** How long an upload may take in all, in milliseconds. Default: 7,200,000 (2 hours). */
  uploadTimeoutMs?: number | undefined;
  /** How long `analyze()` may take in all, in milliseconds; the process goes on at the service. Default: 43,200,000 (12 hours). */
  analysisTimeoutMs?: number | undefined;
  /** The largest answer that is read, in bytes. Default: 256 MiB, many hours of results with embeddings. */
  maxResponseBytes?: number | undefined;
  /** How transient failures are retried; `false`: never. Default: true. */
  retry?: boolean | BatchRetryOptions | undefined;
  /** How often `analyze()` asks. */
  poll?: BatchPollOptions | undefined;
}
