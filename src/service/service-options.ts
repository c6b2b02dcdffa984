import { availableParallelism } from 'node:os';
import { ENGINE_OPTION_NAMES, type Engine, type EngineOptions } from '../engine/index.js';
import { expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type { Logger } from '../events/index.js';
import { isLoopback } from '../grpc/index.js';
import { generateProject, type ProjectCredentials } from './project-registry.js';
import { type RestOptions, type RestSettings, resolveRestOptions } from './rest/rest-options.js';
import { silentLogger } from './silent-logger.js';

/** Certificates of a service that answers over TLS, PEM encoded. */
export interface ServiceTls {
  /** The service's certificate chain. */
  cert: string | Buffer;
  /** Its private key. */
  key: string | Buffer;
  /** Authorities of client certificates; when given, clients must show one. */
  clientCa?: string | Buffer | undefined;
}

/** Options of `startLocalService()`. */
export interface LocalServiceOptions {
  /** 0 takes a free one. Default: 0. */
  port?: number | undefined;
  /** Address to listen on. Beyond loopback it needs `tls` or `allowInsecure`. Default: `127.0.0.1`. */
  host?: string | undefined;
  /** Who may stream. Default: one project with a random token, found in the service's `connection`. */
  projects?: readonly ProjectCredentials[] | undefined;
  /** How the local engine detects speech. Default: `auto`. */
  vad?: NonNullable<EngineOptions['vad']> | undefined;
  /** How the local engine cuts speech into utterances and segments; see {@link SegmentationOptions} for the units and defaults. */
  segmentation?: NonNullable<EngineOptions['segmentation']> | undefined;
  /** Language spoken, for the local engine. Default: `en`. */
  language?: string | undefined;
  /** Models of your own for tasks of the local engine, by the task's wire name; see {@link onnxModel}. Default: none. */
  models?: NonNullable<EngineOptions['models']> | undefined;
  /** Worker threads that the local engine shares streams out to; 0 analyses in the main thread. Default: one per core. */
  workers?: number | undefined;
  /**
   * The file the workers run, for bundles: a copy of this package's `dist/behavioral-signals-rx-worker.mjs`. Where there is none beside
   * the library or its bundle, and none is given, audio is analysed in the main thread, which the log tells. Default: beside the library.
   */
  workerFile?: string | URL | undefined;
  /** Measures the audio instead of the local engine; it is not closed with the service, so that it can serve others. */
  engine?: Engine | undefined;
  /** Answers over TLS. Default: plaintext, which only loopback allows. */
  tls?: ServiceTls | undefined;
  /** Allows plaintext beyond loopback: tokens and audio travel readable. Default: false. */
  allowInsecure?: boolean | undefined;
  /** Streams served at once; more are refused with RESOURCE_EXHAUSTED. Default: 100. */
  maxStreams?: number | undefined;
  /** Largest message accepted. Default: 1 MiB, 32 s of audio at 16 kHz. */
  maxMessageBytes?: number | undefined;
  /**
   * Serves the batch API over HTTP, too, with the results of streams by their pid; needs the optional packages libsql and busboy.
   * Default: gRPC only, and nothing is kept.
   */
  rest?: RestOptions | undefined;
  /** Default: nothing is logged. */
  logger?: Logger | undefined;
  /** Closes the service at once when it fires. */
  signal?: AbortSignal | undefined;
}

/** {@link LocalServiceOptions}, validated and complete. */
export interface ServiceSettings {
  readonly port: number;
  readonly host: string;
  readonly projects: readonly [ProjectCredentials, ...ProjectCredentials[]];
  readonly engine: Engine | EngineOptions;
  readonly tls: ServiceTls | undefined;
  readonly allowInsecure: boolean;
  readonly maxStreams: number;
  readonly maxMessageBytes: number;
  readonly rest: RestSettings | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

const NAMES: OptionNames<LocalServiceOptions> = {
  port: true,
  host: true,
  projects: true,
  ...ENGINE_OPTION_NAMES,
  engine: true,
  tls: true,
  allowInsecure: true,
  maxStreams: true,
  maxMessageBytes: true,
  rest: true,
  signal: true,
};
/** The names of {@link ServiceTls}. */
export const SERVICE_TLS_NAMES: OptionNames<ServiceTls> = { cert: true, key: true, clientCa: true };

/** Checks the options and fills in their defaults; what only the engine or the registry can tell is theirs to check. */
export function resolveServiceOptions(options: LocalServiceOptions): ServiceSettings {
  expectOptions((name) => name, options, NAMES);
  const { host = '127.0.0.1', tls, allowInsecure = false, signal, logger = silentLogger, engine } = options;
  if (typeof host !== 'string' || !/^[0-9a-z_.:-]+$/i.test(host)) {
    throw new OptionError('host', 'must be an address or a host name, without a port', host);
  }
  if (tls !== undefined && !(isPem(tls.cert) && isPem(tls.key))) {
    throw new OptionError('tls', 'must hold cert and key, both PEM encoded');
  }
  if (tls) expectOptions((name) => `tls.${name}`, tls, SERVICE_TLS_NAMES);
  if (!tls && !allowInsecure && !isLoopback(joinHostPort(host, 0))) {
    throw new OptionError(
      'host',
      `${host} can be reached from other machines, and without TLS tokens and audio travel readable: give tls, or allowInsecure: true if the network is trusted`,
    );
  }
  const engineOption = ENGINE_OPTIONS.find((name) => options[name] !== undefined);
  if (engine && engineOption !== undefined) {
    throw new OptionError(engineOption, 'is an option of the local engine and has no effect on the given one');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new OptionError('signal', 'must be an AbortSignal', signal);
  const [first = generateProject(), ...others] = options.projects ?? [];
  return {
    port: wholeNumber('port', options.port ?? 0, 0, 65_535),
    host,
    projects: [first, ...others],
    engine: engine ?? engineOptions(options, logger),
    tls,
    allowInsecure,
    maxStreams: wholeNumber('maxStreams', options.maxStreams ?? 100, 1, 100_000),
    maxMessageBytes: wholeNumber('maxMessageBytes', options.maxMessageBytes ?? 1024 * 1024, 1024, 1024 * 1024 * 1024),
    rest: options.rest === undefined ? undefined : resolveRestOptions(options.rest),
    logger,
    signal,
  };
}

const ENGINE_OPTIONS = ['vad', 'segmentation', 'language', 'models', 'workers', 'workerFile'] as const;

function engineOptions(options: LocalServiceOptions, logger: Logger): EngineOptions {
  const given = Object.fromEntries(
    ENGINE_OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
  // A detector of the user's stays in the thread that it was made in.
  const workers = typeof options.vad === 'object' ? 0 : availableParallelism();
  return { workers, ...given, logger };
}

/** `host:port`, with the brackets an IPv6 address needs. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function wholeNumber(option: string, value: number, from: number, to: number): number {
  if (!(Number.isInteger(value) && value >= from && value <= to)) {
    throw new OptionError(option, `must be a whole number from ${from} to ${to}`, value);
  }
  return value;
}

function isPem(value: unknown): boolean {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && value.includes('-----BEGIN ');
}
