import { AuthenticationError, expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import { expectTlsOptions, type TlsOptions } from '../tls/index.js';
import { parseBaseUrl } from './base-url.js';
import type { BatchClientOptions, BatchPollOptions, BatchRetryOptions } from './batch-client-options.js';

const DEFAULT_BASE_URL = 'https://api.behavioralsignals.com/v5';
/** Node fires longer timers at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** {@link BatchClientOptions}, validated and complete. */
export interface BatchSettings {
  readonly cid: string;
  readonly apiKey: string;
  /** Ends with a slash. */
  readonly baseUrl: URL;
  readonly tls: TlsOptions;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly uploadTimeoutMs: number;
  readonly analysisTimeoutMs: number;
  readonly maxResponseBytes: number;
  readonly retry: Readonly<Record<keyof BatchRetryOptions, number>>;
  readonly poll: Readonly<Record<keyof BatchPollOptions, number>>;
}

const NAMES: OptionNames<BatchClientOptions> = {
  cid: true,
  apiKey: true,
  baseUrl: true,
  allowInsecure: true,
  tls: true,
  connectTimeoutMs: true,
  idleTimeoutMs: true,
  requestTimeoutMs: true,
  uploadTimeoutMs: true,
  analysisTimeoutMs: true,
  maxResponseBytes: true,
  retry: true,
  poll: true,
};
const RETRY_NAMES: OptionNames<BatchRetryOptions> = {
  maxAttempts: true,
  initialDelayMs: true,
  maxDelayMs: true,
  maxRetryAfterMs: true,
};
const POLL_NAMES: OptionNames<BatchPollOptions> = { initialDelayMs: true, maxDelayMs: true };
const name = (option: string) => `createBatchClient({ ${option} })`;

/**
 * Checks the options of a batch client and fills in their defaults.
 *
 * @throws OptionError, AuthenticationError `MISSING_CREDENTIALS`, BatchApiError `INSECURE_ENDPOINT`.
 */
export function resolveBatchSettings(options: BatchClientOptions): BatchSettings {
  expectOptions(name, options, NAMES);
  const { allowInsecure = false, tls = {} } = options;
  if (typeof allowInsecure !== 'boolean') throw new OptionError(name('allowInsecure'), 'must be true or false', allowInsecure);
  if (typeof tls !== 'object' || tls === null) {
    throw new OptionError(name('tls'), 'must be { ca, cert, key, serverName }; whether TLS is used, baseUrl says', tls);
  }
  expectTlsOptions(name('tls'), tls);
  const baseUrl = parseBaseUrl(
    name('baseUrl'),
    options.baseUrl ?? (process.env.BEHAVIORALSIGNALS_BASE_URL || DEFAULT_BASE_URL),
    allowInsecure,
  );
  const durations = {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 120_000,
    uploadTimeoutMs: options.uploadTimeoutMs ?? 7_200_000,
    analysisTimeoutMs: options.analysisTimeoutMs ?? 43_200_000,
  };
  for (const [option, value] of Object.entries(durations)) {
    expectNumber(name(option), value, { above: 0, max: MAX_TIMER_MS, unit: 'milliseconds' });
  }
  const { maxResponseBytes = 256 * 1024 * 1024 } = options;
  // V8 holds no longer texts than about 512 MiB.
  expectNumber(name('maxResponseBytes'), maxResponseBytes, { min: 1024, max: 500 * 1024 * 1024, unit: 'bytes' });
  return {
    ...resolveCredentials(options),
    baseUrl,
    tls,
    ...durations,
    maxResponseBytes,
    retry: resolveRetry(options.retry ?? true),
    poll: resolvePoll(options.poll ?? {}),
  };
}

function resolveRetry(retry: boolean | BatchRetryOptions): BatchSettings['retry'] {
  if (typeof retry !== 'boolean' && (typeof retry !== 'object' || retry === null)) {
    throw new OptionError(name('retry'), 'must be true, false or { maxAttempts, initialDelayMs, … }', retry);
  }
  const given = typeof retry === 'boolean' ? { maxAttempts: retry ? 5 : 0 } : retry;
  const {
    maxAttempts = 5,
    initialDelayMs = 500,
    maxDelayMs = Math.max(30_000, initialDelayMs),
    maxRetryAfterMs = 120_000,
  } = given;
  const within = (option: string) => name(`retry: { ${option} }`);
  expectOptions(within, given, RETRY_NAMES);
  expectNumber(within('maxAttempts'), maxAttempts, { min: 0, max: 1000, whole: true });
  expectNumber(within('initialDelayMs'), initialDelayMs, { min: 1, max: 600_000, unit: 'milliseconds' });
  expectNumber(within('maxDelayMs'), maxDelayMs, { min: initialDelayMs, max: 3_600_000, unit: 'milliseconds' });
  expectNumber(within('maxRetryAfterMs'), maxRetryAfterMs, { min: 0, max: 86_400_000, unit: 'milliseconds' });
  return { maxAttempts, initialDelayMs, maxDelayMs, maxRetryAfterMs };
}

function resolvePoll(poll: BatchPollOptions): BatchSettings['poll'] {
  if (typeof poll !== 'object' || poll === null)
    throw new OptionError(name('poll'), 'must be { initialDelayMs, maxDelayMs }', poll);
  expectOptions((option) => name(`poll: { ${option} }`), poll, POLL_NAMES);
  const { initialDelayMs = 1000, maxDelayMs = Math.max(30_000, initialDelayMs) } = poll;
  expectNumber(name('poll: { initialDelayMs }'), initialDelayMs, { min: 1, max: 3_600_000, unit: 'milliseconds' });
  expectNumber(name('poll: { maxDelayMs }'), maxDelayMs, { min: initialDelayMs, max: 3_600_000, unit: 'milliseconds' });
  return { initialDelayMs, maxDelayMs };
}

function resolveCredentials(options: BatchClientOptions): { cid: string; apiKey: string } {
  const cid = String(options.cid ?? process.env.BEHAVIORALSIGNALS_CID ?? '').trim();
  const apiKey = options.apiKey ?? process.env.BEHAVIORALSIGNALS_API_KEY ?? '';
  if (cid === '' || apiKey === '') {
    const missing = [cid === '' && 'cid (BEHAVIORALSIGNALS_CID)', apiKey === '' && 'apiKey (BEHAVIORALSIGNALS_API_KEY)'];
    throw new AuthenticationError(
      'MISSING_CREDENTIALS',
      `No ${missing.filter(Boolean).join(' and no ')}: pass the project's ID and API token as options, or set the environment variables.`,
    );
  }
  // Values are not quoted: people paste tokens into the wrong option.
  if (!/^\d{1,18}$/.test(cid)) throw new OptionError(name('cid'), "must be the project's ID, a whole number");
  // Anything else can't stand in a header.
  if (typeof apiKey !== 'string' || !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new OptionError(name('apiKey'), 'must be a string of printable ASCII characters without spaces');
  }
  return { cid, apiKey };
}
