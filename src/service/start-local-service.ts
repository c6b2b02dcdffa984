import { createSecureContext } from 'node:tls';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { createEngine, type Engine } from '../engine/index.js';
import { OptionError, ServiceError } from '../errors/index.js';
import { streamingService } from '../grpc/package-definition.js';
import { addDiscovery } from './discovery.js';
import { ProjectRegistry } from './project-registry.js';
import type { RestHalf } from './rest/rest-half.js';
import { joinHostPort, type LocalServiceOptions, resolveServiceOptions, type ServiceSettings } from './service-options.js';
import { StreamCalls } from './stream-calls.js';

/** How to stream to a local service: options for `behavioralSignals()`. */
export interface LocalConnection {
  /** With its scheme: `http://127.0.0.1:50051`. */
  readonly endpoint: string;
  /** ID of the service's first project. */
  readonly cid: string;
  /** That project's token. */
  readonly apiKey: string;
  /** There when the service was started with `allowInsecure`, whose plaintext the client must allow too. */
  readonly allowInsecure?: true;
}

/** How to submit recordings to a local service: options for `createBatchClient()`. */
export interface LocalBatchConnection {
  /** With its scheme and path: `http://127.0.0.1:8080/v5`. */
  readonly baseUrl: string;
  /** ID of the service's first project. */
  readonly cid: string;
  /** That project's token. */
  readonly apiKey: string;
  /** There when the service was started with `allowInsecure`, whose plaintext the client must allow too. */
  readonly allowInsecure?: true;
}

/** A running local service. */
export interface LocalService {
  /** The address that is listened on. */
  readonly host: string;
  /** The port that is listened on. */
  readonly port: number;
  /** With its scheme: `http://127.0.0.1:50051`. */
  readonly endpoint: string;
  /** Options for `behavioralSignals()`, with the credentials of the first project. With TLS, add the `tls` the client needs. */
  readonly connection: LocalConnection;
  /** Options for `createBatchClient()`, with the same credentials; absent without `rest`. */
  readonly batchConnection?: LocalBatchConnection;
  /** The engine's name, as streams get it in their initial metadata. */
  readonly engine: string;
  /**
   * Takes no more streams, waits for the open ones, and leaves nothing open.
   *
   * Recordings that are not done by then stay in the store, for the next service on its `dataDir`.
   *
   * @param options.graceMs How long open streams may take; then they end with UNAVAILABLE. Default: 5,000.
   */
  close(options?: { graceMs?: number }): Promise<void>;
  /** Closes the service, as `close()` does, at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a service that answers the streaming API on this machine, measuring the audio with the local engine.
 *
 * It speaks the same contract as the vendor's service but is not its models: see docs/responsible-use.md for what its answers are
 * worth. It also answers gRPC health checks and reflection.
 *
 * @throws OptionError for an option that isn't allowed; ServiceError `SERVICE_START_FAILED` when the address can't be listened on,
 *   `ENGINE_UNAVAILABLE` when the engine can't be loaded; PackageError `PACKAGE_MISSING` when what `rest` needs isn't installed.
 */
export async function startLocalService(options: LocalServiceOptions = {}): Promise<LocalService> {
  const settings = resolveServiceOptions(options);
  const credentials = serverCredentials(settings);
  settings.signal?.throwIfAborted();
  const rest = await openRest(settings);
  try {
    return await serve(settings, credentials, rest);
  } catch (error) {
    await rest?.dispose();
    throw error;
  }
}

async function serve(
  settings: ServiceSettings,
  credentials: ServerCredentials,
  rest: RestHalf | undefined,
): Promise<LocalService> {
  const projects = new ProjectRegistry(settings.projects, rest?.projects);
  const { engine, closeEngine } = await resolveEngine(settings);
  const { host, maxMessageBytes, maxStreams, logger } = settings;
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.enable_channelz': 0,
    // Finds clients that vanished without a word.
    'grpc.keepalive_time_ms': 120_000,
    'grpc.keepalive_timeout_ms': 20_000,
  });
  const calls = new StreamCalls({ engine, projects, maxStreams, recordStream: rest?.recordStream, logger });
  server.addService(streamingService, calls.handlers);
  const discovery = await addDiscovery(server, logger);
  let port: number;
  let baseUrl: string | undefined;
  try {
    port = await listen(server, settings, credentials);
    baseUrl = await rest?.start({ engine, projects, host, tls: settings.tls });
  } catch (error) {
    server.forceShutdown();
    await closeEngine();
    throw error;
  }

  let closed: Promise<void> | undefined;
  const close = ({ graceMs = 5_000 }: { graceMs?: number } = {}) => {
    closed ??= (async () => {
      settings.signal?.removeEventListener('abort', abort);
      discovery.closing();
      await Promise.all([shutDown(server, calls, graceMs), rest?.close(graceMs)]);
      await closeEngine();
      await rest?.dispose();
      logger.info({ endpoint }, 'local service closed');
    })();
    return closed;
  };
  const abort = () => void close({ graceMs: 0 });
  const endpoint = `${settings.tls ? 'https' : 'http'}://${joinHostPort(host, port)}`;
  logger.info({ endpoint, ...(baseUrl !== undefined && { baseUrl }), engine: engine.name }, 'local service listens');
  if (settings.signal?.aborted) {
    await close({ graceMs: 0 });
    settings.signal.throwIfAborted();
  }
  settings.signal?.addEventListener('abort', abort, { once: true });
  const [{ cid, apiKey }] = settings.projects;
  const allowInsecure = settings.allowInsecure && !settings.tls ? ({ allowInsecure: true } as const) : undefined;
  return {
    host,
    port,
    endpoint,
    connection: { endpoint, cid: String(cid), apiKey, ...allowInsecure },
    ...(baseUrl !== undefined && { batchConnection: { baseUrl, cid: String(cid), apiKey, ...allowInsecure } }),
    engine: engine.name,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** Loaded when it is asked for: with it come packages that not everybody has installed. */
async function openRest({ rest, logger }: ServiceSettings): Promise<RestHalf | undefined> {
  if (!rest) return undefined;
  const { RestHalf } = await import('./rest/rest-half.js');
  return RestHalf.open(rest, logger);
}

async function resolveEngine({ engine }: ServiceSettings): Promise<{ engine: Engine; closeEngine: () => void | Promise<void> }> {
  if ('open' in engine) return { engine, closeEngine: () => {} };
  const created = await createEngine(engine);
  return { engine: created, closeEngine: () => created.close() };
}

function serverCredentials({ tls }: ServiceSettings): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const pem = (value: string | Buffer) => Buffer.from(value as string);
  try {
    // grpc-js looks at them only when it listens, and then says no more than that it can't.
    createSecureContext({ cert: tls.cert, key: tls.key, ca: tls.clientCa });
    return ServerCredentials.createSsl(
      tls.clientCa === undefined ? null : pem(tls.clientCa),
      [{ cert_chain: pem(tls.cert), private_key: pem(tls.key) }],
      tls.clientCa !== undefined,
    );
  } catch (cause) {
    throw new OptionError(
      'tls',
      `holds a certificate or key that can't be read (${cause instanceof Error ? cause.message : cause})`,
    );
  }
}

function listen(server: Server, { host, port }: ServiceSettings, credentials: ServerCredentials): Promise<number> {
  const address = joinHostPort(host, port);
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (cause, bound) => {
      if (!cause) return resolve(bound);
      // The gRPC library counts addresses; what went wrong stands in brackets.
      const why = /\[(.+)\]$/.exec(cause.message)?.[1] ?? cause.message;
      const message = `The local service can't listen on ${address}: ${why}. Choose another port, or 0 for any free one.`;
      reject(new ServiceError('SERVICE_START_FAILED', message, { cause }));
    });
  });
}

/** Stops listening, lets streams end, then closes connections, those of health watchers too. */
async function shutDown(server: Server, calls: StreamCalls, graceMs: number): Promise<void> {
  const connectionsClosed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await calls.drain(graceMs);
  let timer: NodeJS.Timeout | undefined;
  // The last statuses are still on their way; connections that stay open longer are idle or only watch.
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 250);
  });
  await Promise.race([connectionsClosed, patience]);
  clearTimeout(timer);
  server.forceShutdown();
}
