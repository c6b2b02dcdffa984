import { isIPv4 } from 'node:net';
import {
  AuthenticationError,
  expectNumber,
  expectOptions,
  OptionError,
  type OptionNames,
  StreamingError,
} from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import { expectTlsOptions, type TlsOptions } from '../tls/index.js';
import { type Budget, type BudgetOptions, openBudget } from './budget.js';
import { checkProxyEnvironment } from './proxy-environment.js';
import type { ReplayRingOptions } from './replay-ring.js';
import type { Analysis, ReconnectOptions, StreamingOptions } from './streaming-options.js';

const DEFAULT_BUFFER = { bufferMs: 45_000, bufferBytes: 8 * 1024 * 1024 };
const DEFAULT_ENDPOINT = 'streaming.behavioralsignals.com:443';

const NAMES: OptionNames<StreamingOptions> = {
  cid: true,
  apiKey: true,
  endpoint: true,
  level: true,
  logits: true,
  embeddings: true,
  tls: true,
  allowInsecure: true,
  signal: true,
  connectTimeoutMs: true,
  drainTimeoutMs: true,
  reconnect: true,
  stallTimeoutMs: true,
  responseTimeoutMs: true,
  maxStreamDurationMs: true,
  budget: true,
  closeAfterIdleMs: true,
  keepaliveMs: true,
  statisticsIntervalMs: true,
  events: true,
};
const RECONNECT_NAMES: OptionNames<ReconnectOptions> = {
  maxAttempts: true,
  initialDelayMs: true,
  maxDelayMs: true,
  bufferMs: true,
  bufferBytes: true,
  maxReplayMs: true,
};

/** Node fires longer timers at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** {@link StreamingOptions}, validated and complete. */
export interface SessionSettings {
  readonly analysis: Analysis;
  readonly cid: string;
  readonly apiKey: string;
  /** `host:port`. */
  readonly endpoint: string;
  /** Undefined for plaintext. */
  readonly tls: TlsOptions | undefined;
  readonly level: 'segment' | 'utterance' | undefined;
  readonly logits: boolean;
  readonly embeddings: boolean;
  readonly signal: AbortSignal | undefined;
  readonly connectTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly keepaliveMs: number;
  readonly stallTimeoutMs: number;
  /** Infinity: unanswered speech is not looked for. */
  readonly responseTimeoutMs: number;
  readonly maxStreamDurationMs: number;
  /** Undefined when statistics are reported at the end only. */
  readonly statisticsIntervalMs: number | undefined;
  /** Undefined when transient failures are final. */
  readonly reconnect: Readonly<Record<keyof ReconnectOptions | 'unpacedBufferMs', number>> | undefined;
  readonly buffer: Readonly<ReplayRingOptions>;
  /** Undefined when calls stay open. */
  readonly closeAfterIdleMs: number | undefined;
  /** Shared, or to be made for each session. */
  readonly budget: Budget | BudgetOptions | undefined;
  readonly events: EventObserver | undefined;
}

/**
 * Checks streaming options and fills in their defaults.
 *
 * @param operator The operator's name, for messages.
 * @throws OptionError, AuthenticationError `MISSING_CREDENTIALS`, StreamingError `INSECURE_ENDPOINT`.
 */
export function resolveSettings(operator: string, analysis: Analysis, options: StreamingOptions): SessionSettings {
  const name = (option: string) => `${operator}({ ${option} })`;
  expectOptions(name, options, NAMES);
  const { level = 'all', signal, budget, closeAfterIdleMs, events } = options;
  if (level !== 'all' && level !== 'segment' && level !== 'utterance') {
    throw new OptionError(name('level'), "must be 'segment', 'utterance' or 'all'", level);
  }
  for (const option of ['logits', 'embeddings', 'allowInsecure'] as const) {
    const value = options[option];
    if (value !== undefined && typeof value !== 'boolean') throw new OptionError(name(option), 'must be true or false', value);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new OptionError(name('signal'), 'must be an AbortSignal', signal);
  const durations = {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    drainTimeoutMs: options.drainTimeoutMs ?? 60_000,
    keepaliveMs: options.keepaliveMs ?? 300_000,
    stallTimeoutMs: options.stallTimeoutMs ?? 20_000,
  };
  for (const [option, value] of Object.entries(durations)) {
    expectNumber(name(option), value, { above: 0, max: MAX_TIMER_MS, unit: 'milliseconds' });
  }
  const { maxStreamDurationMs = Number.POSITIVE_INFINITY, responseTimeoutMs = 20_000 } = options;
  if (responseTimeoutMs !== false && responseTimeoutMs !== Number.POSITIVE_INFINITY) {
    expectNumber(name('responseTimeoutMs'), responseTimeoutMs, { min: 100, max: MAX_TIMER_MS, unit: 'milliseconds' });
  }
  expectNumber(name('maxStreamDurationMs'), maxStreamDurationMs, { min: 1000, unit: 'milliseconds' });
  if (options.reconnect === false && options.maxStreamDurationMs !== undefined) {
    throw new OptionError(name('maxStreamDurationMs'), 'needs reconnect, which keeps the audio that a new call begins with');
  }
  const { statisticsIntervalMs } = options;
  if (statisticsIntervalMs !== undefined) {
    expectNumber(name('statisticsIntervalMs'), statisticsIntervalMs, { min: 100, max: MAX_TIMER_MS, unit: 'milliseconds' });
  }
  expectObserver(name('events'), events);
  const { target, scheme } = parseEndpoint(
    name('endpoint'),
    options.endpoint ?? (process.env.BEHAVIORALSIGNALS_ENDPOINT || DEFAULT_ENDPOINT),
  );
  const tls = resolveTls(name('tls'), options.tls ?? scheme !== 'plaintext', scheme);
  if (!tls && !isLoopback(target) && !options.allowInsecure) {
    throw new StreamingError(
      'INSECURE_ENDPOINT',
      `${name('endpoint')}: ${target} is not on this machine, and without TLS the API token and the audio would travel readable. Use TLS, or set allowInsecure: true if the network is trusted.`,
    );
  }
  if (!isLoopback(target)) checkProxyEnvironment(target);
  if (budget !== undefined) openBudget(name('budget: { maxAudioMs }'), budget);
  if (closeAfterIdleMs !== undefined) {
    expectNumber(name('closeAfterIdleMs'), closeAfterIdleMs, { min: 100, max: MAX_TIMER_MS, unit: 'milliseconds' });
  }
  const reconnect = resolveReconnect(name, options.reconnect ?? true);
  return {
    analysis,
    ...resolveCredentials(name, options),
    endpoint: target,
    tls,
    level: level === 'all' ? undefined : level,
    logits: options.logits ?? false,
    embeddings: options.embeddings ?? false,
    signal,
    ...durations,
    responseTimeoutMs: responseTimeoutMs === false ? Number.POSITIVE_INFINITY : responseTimeoutMs,
    maxStreamDurationMs,
    statisticsIntervalMs,
    reconnect,
    buffer: bufferBounds(reconnect),
    budget,
    closeAfterIdleMs,
    events,
  };
}

function expectObserver(option: string, events: unknown): void {
  if (events === undefined) return;
  const { next, then } = Object(events);
  if (typeof then === 'function')
    throw new OptionError(option, 'must be an observer, not a promise of one: write await before it');
  if (typeof events !== 'object' || events === null || (next !== undefined && typeof next !== 'function')) {
    throw new OptionError(option, 'must be an observer { next }, such as a Subject', events);
  }
}

function resolveReconnect(name: (option: string) => string, reconnect: boolean | ReconnectOptions): SessionSettings['reconnect'] {
  if (reconnect === false) return undefined;
  if (reconnect !== true && (typeof reconnect !== 'object' || reconnect === null)) {
    throw new OptionError(name('reconnect'), 'must be true, false or { maxAttempts, bufferMs, … }', reconnect);
  }
  const {
    maxAttempts = 10,
    initialDelayMs = 250,
    maxDelayMs = 10_000,
    bufferMs = DEFAULT_BUFFER.bufferMs,
    bufferBytes = DEFAULT_BUFFER.bufferBytes,
    maxReplayMs = 300_000,
  } = reconnect === true ? {} : reconnect;
  const isDefault = reconnect === true || reconnect.bufferMs === undefined;
  const within = (option: string) => name(`reconnect: { ${option} }`);
  if (reconnect !== true) expectOptions(within, reconnect, RECONNECT_NAMES);
  expectNumber(within('maxAttempts'), maxAttempts, { min: 1, whole: true });
  expectNumber(within('initialDelayMs'), initialDelayMs, { min: 1, max: 60_000, unit: 'milliseconds' });
  expectNumber(within('maxDelayMs'), maxDelayMs, { min: initialDelayMs, max: 600_000, unit: 'milliseconds' });
  expectNumber(within('bufferMs'), bufferMs, { min: 1000, unit: 'milliseconds' });
  expectNumber(within('bufferBytes'), bufferBytes, { min: 64 * 1024, unit: 'bytes' });
  expectNumber(within('maxReplayMs'), maxReplayMs, { min: 0, unit: 'milliseconds' });
  // Audio that outruns real time can be minutes ahead of answers that are only a moment late: there the bytes alone decide.
  const unpacedBufferMs = isDefault ? Number.POSITIVE_INFINITY : bufferMs;
  return { maxAttempts, initialDelayMs, maxDelayMs, bufferMs, unpacedBufferMs, bufferBytes, maxReplayMs };
}

/** Without reconnects only what was not sent yet is kept. */
function bufferBounds(reconnect: SessionSettings['reconnect']): ReplayRingOptions {
  const { bufferMs, bufferBytes } = reconnect ?? DEFAULT_BUFFER;
  const sent = reconnect
    ? { maxMs: bufferMs, maxUnpacedMs: reconnect.unpacedBufferMs, maxBytes: bufferBytes }
    : { maxMs: 0, maxBytes: 0 };
  return { ...sent, maxUnsentMs: bufferMs, maxUnsentBytes: bufferBytes };
}

function resolveCredentials(name: (option: string) => string, options: StreamingOptions): { cid: string; apiKey: string } {
  const cid = String(options.cid ?? process.env.BEHAVIORALSIGNALS_CID ?? '').trim();
  const apiKey = options.apiKey ?? process.env.BEHAVIORALSIGNALS_API_KEY ?? '';
  if (cid === '' || apiKey === '') {
    const missing = [cid === '' && 'cid (BEHAVIORALSIGNALS_CID)', apiKey === '' && 'apiKey (BEHAVIORALSIGNALS_API_KEY)'];
    throw new AuthenticationError(
      'MISSING_CREDENTIALS',
      `No ${missing.filter(Boolean).join(' and no ')}: pass the project's ID and API token as options, set the environment variables, or stream to a local service with behavioralSignals({ ...service.connection }).`,
    );
  }
  // The value is not quoted: people paste tokens into the wrong option.
  if (!/^\d{1,18}$/.test(cid)) throw new OptionError(name('cid'), "must be the project's ID, a whole number");
  if (typeof apiKey !== 'string') throw new OptionError(name('apiKey'), 'must be a string');
  return { cid, apiKey };
}

/** What the scheme of an endpoint says of its encryption, where it has one. */
type EndpointScheme = 'tls' | 'plaintext' | undefined;

function parseEndpoint(option: string, endpoint: string): { target: string; scheme: EndpointScheme } {
  const allowed = 'must be host:port, for instance streaming.behavioralsignals.com:443 or http://127.0.0.1:50051';
  if (typeof endpoint !== 'string') throw new OptionError(option, allowed, endpoint);
  const match = /^(?:(https?|grpcs?):\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?\/?$/i.exec(endpoint);
  if (!match) throw new OptionError(option, allowed, endpoint);
  const [, prefix, host, port] = match;
  const scheme = prefix === undefined ? undefined : /s$/i.test(prefix) ? 'tls' : 'plaintext';
  if (port === undefined && !scheme) throw new OptionError(option, allowed, endpoint);
  const number = Number(port ?? (scheme === 'plaintext' ? 80 : 443));
  if (number < 1 || number > 65_535) throw new OptionError(option, 'must have a port from 1 to 65535', endpoint);
  return { target: `${host}:${number}`, scheme };
}

function resolveTls(option: string, tls: boolean | TlsOptions, scheme: EndpointScheme): TlsOptions | undefined {
  if (tls === false && scheme === 'tls')
    throw new OptionError(option, 'contradicts the https:// of the endpoint; write http:// or leave tls out');
  if (tls === false) return undefined;
  if (scheme === 'plaintext')
    throw new OptionError(option, 'contradicts the http:// of the endpoint; write https:// or leave tls out');
  if (tls === true) return {};
  if (typeof tls !== 'object' || tls === null) {
    throw new OptionError(option, 'must be true, false or { ca, cert, key, serverName }', tls);
  }
  expectTlsOptions(option, tls);
  return tls;
}

/** Whether a `host:port` is on this machine. */
export function isLoopback(target: string): boolean {
  const host = target
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  // What only looks like an address is a name, which could lead anywhere.
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
