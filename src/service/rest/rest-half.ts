import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Engine } from '../../engine/index.js';
import { isBehavioralSignalsError, ServiceError } from '../../errors/index.js';
import type { Logger } from '../../events/index.js';
import { JobQueue } from '../jobs/job-queue.js';
import { StreamRecord } from '../jobs/stream-record.js';
import type { ProjectRegistry } from '../project-registry.js';
import { joinHostPort, type ServiceTls } from '../service-options.js';
import { DataDirectory } from '../store/data-directory.js';
import { ProcessStore } from '../store/process-store.js';
import { ProjectStore } from '../store/project-store.js';
import type { Analysis } from '../store/stored-process.js';
import { loadMultipartParser, type MultipartParser } from './receive-upload.js';
import { RequestHandler } from './request-handler.js';
import type { RestSettings } from './rest-options.js';
import { BASE_PATH } from './routes.js';
import { UploadLimit } from './upload-limit.js';

const SWEEP_MS = 3_600_000;

/** What the REST half is told of the service it belongs to. */
export interface RestHost {
  readonly engine: Engine;
  readonly projects: ProjectRegistry;
  readonly host: string;
  readonly tls: ServiceTls | undefined;
}

/** The batch API beside gRPC: its store, its jobs, its HTTP server. */
export class RestHalf {
  /** The projects of the data directory. */
  readonly projects: ProjectStore;
  readonly #settings: RestSettings;
  readonly #logger: Logger;
  readonly #directory: DataDirectory;
  readonly #store: ProcessStore;
  readonly #createParser: MultipartParser;
  #server: Server | undefined;
  #queue: JobQueue | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #isDisposed = false;

  private constructor(
    settings: RestSettings,
    logger: Logger,
    parts: { directory: DataDirectory; store: ProcessStore; projects: ProjectStore; createParser: MultipartParser },
  ) {
    this.#settings = settings;
    this.#logger = logger;
    this.#directory = parts.directory;
    this.#store = parts.store;
    this.projects = parts.projects;
    this.#createParser = parts.createParser;
  }

  /**
   * Opens the store, and puts in order what an earlier service left in it.
   *
   * @throws (as rejection) OptionError, PackageError `PACKAGE_MISSING`, ServiceError `SERVICE_START_FAILED`.
   */
  static async open(settings: RestSettings, logger: Logger): Promise<RestHalf> {
    const createParser = await loadMultipartParser();
    const directory = await DataDirectory.open(settings.dataDir);
    let store: ProcessStore | undefined;
    try {
      store = await ProcessStore.open(path.join(directory.path, 'processes.db'), settings.retainMs);
      const orphans = await directory.deleteUploadsExcept(store.recover());
      store.deleteExpired();
      if (orphans > 0) logger.info({ orphans }, 'deleted recordings that no job waits for');
      const projects = await ProjectStore.open(directory.path);
      return new RestHalf(settings, logger, { directory, store, projects, createParser });
    } catch (error) {
      closeDamaged(store);
      await directory.dispose();
      if (isBehavioralSignalsError(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new ServiceError('SERVICE_START_FAILED', `The store in ${directory.path} can't be used: ${why}.`, { cause: error });
    }
  }

  /** Keeps the results of a stream; undefined when the store can't, which the log then says. */
  readonly recordStream = (stream: { cid: string; analysis: Analysis; embeddings: boolean }): StreamRecord | undefined => {
    try {
      return new StreamRecord(this.#store, stream, this.#logger);
    } catch (error) {
      this.#logger.error({ cid: stream.cid, err: error }, 'the results of a stream will not be kept');
      return undefined;
    }
  };

  /**
   * Listens, and goes on with the jobs that wait; resolves to the base URL.
   *
   * @throws (as rejection) ServiceError `SERVICE_START_FAILED`.
   */
  async start({ engine, projects, host, tls }: RestHost): Promise<string> {
    const settings = this.#settings;
    const {
      maxJobs,
      maxJobsPerProject,
      maxDurationMs,
      jobTimeoutMs,
      allowedHosts,
      maxUploadBytes: maxBytes,
      fetchTimeoutMs: timeoutMs,
    } = settings;
    const shared = { store: this.#store, directory: this.#directory, logger: this.#logger };
    const fetch = { allowedHosts, maxBytes, timeoutMs };
    const queue = new JobQueue({ ...shared, engine, maxJobs, maxJobsPerProject, maxDurationMs, jobTimeoutMs, fetch });
    const context = {
      ...shared,
      settings,
      projects,
      queue,
      uploads: new UploadLimit(settings),
      createParser: this.#createParser,
    };
    const handler = new RequestHandler(context, engine.name);
    const listener: RequestListener = (request, response) => void handler.handle(request, response);
    const server = createHttpServer(tls, listener);
    this.#server = server;
    const port = await listen(server, host, settings.port);
    this.#queue = queue;
    queue.wake();
    this.#sweep = setInterval(() => this.#deleteExpired(), Math.min(SWEEP_MS, settings.retainMs)).unref();
    return `${tls ? 'https' : 'http'}://${joinHostPort(host, port)}${BASE_PATH}`;
  }

  /** Takes no more requests; waits for those at work, and for the jobs, for as long as the grace lasts. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#sweep);
    const server = this.#server;
    const closed = server?.listening ? new Promise((resolve) => server.close(resolve)) : Promise.resolve();
    server?.closeIdleConnections();
    const timer = setTimeout(() => server?.closeAllConnections(), graceMs);
    await Promise.all([closed, this.#queue?.close(graceMs)]);
    clearTimeout(timer);
  }

  /** Closes the store, when nothing uses it any more; once, however often it is called. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const store of [this.#store, this.projects]) {
      try {
        store.close();
      } catch (error) {
        // Its file was deleted or damaged meanwhile: the service ends all the same, and leaves nothing else open.
        this.#logger.error({ err: error }, 'a store could not be closed in order');
      }
    }
    await this.#directory.dispose();
  }

  #deleteExpired(): void {
    try {
      const expired = this.#store.deleteExpired();
      if (expired > 0) this.#logger.info({ expired }, 'deleted processes whose time is over');
    } catch (error) {
      this.#logger.error({ err: error }, 'processes whose time is over could not be deleted');
    }
  }
}

/** A store that is damaged may fail once more when it is closed; why it could not be used is what counts. */
function closeDamaged(store: ProcessStore | undefined): void {
  try {
    store?.close();
  } catch {
    // As above.
  }
}

function createHttpServer(tls: ServiceTls | undefined, listener: RequestListener): Server {
  const limits = {
    headersTimeout: 15_000,
    // A large recording takes its time; a connection without a byte is closed by the timeout below.
    requestTimeout: 6 * 3_600_000,
    keepAliveTimeout: 10_000,
    connectionsCheckingInterval: 5_000,
  };
  const server = tls
    ? createTlsServer(
        {
          ...limits,
          cert: tls.cert,
          key: tls.key,
          ...(tls.clientCa !== undefined && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
        },
        listener,
      )
    : createServer(limits, listener);
  server.timeout = 60_000;
  server.maxConnections = 1_000;
  return server;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The local service can't listen on ${joinHostPort(host, port)} for REST: ${cause.message}. Choose another port, or 0 for any free one.`;
      reject(new ServiceError('SERVICE_START_FAILED', message, { cause }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
