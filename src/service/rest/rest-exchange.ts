import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../events/index.js';
import type { JobQueue } from '../jobs/job-queue.js';
import type { ProjectRegistry } from '../project-registry.js';
import type { DataDirectory } from '../store/data-directory.js';
import type { ProcessStore } from '../store/process-store.js';
import type { Analysis } from '../store/stored-process.js';
import type { MultipartParser } from './receive-upload.js';
import type { RestSettings } from './rest-options.js';
import type { UploadLimit } from './upload-limit.js';

/** What the handlers of requests share. */
export interface RestContext {
  readonly settings: RestSettings;
  readonly projects: ProjectRegistry;
  readonly store: ProcessStore;
  readonly queue: JobQueue;
  readonly uploads: UploadLimit;
  readonly directory: DataDirectory;
  readonly createParser: MultipartParser;
  readonly logger: Logger;
}

/** One request that was let in, and its response. */
export interface RestExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** The project whose token was shown. */
  readonly cid: string;
  readonly analysis: Analysis;
  /** The `{pid}` of the path; NaN where it has none. */
  readonly pid: number;
  /** Noted for the log. */
  note(fields: { pid: number }): void;
}

/** What is answered as JSON; undefined when the handler has written the response itself. */
export type RestAnswer = { readonly status: number; readonly body: object } | undefined;
