import { BatchApiError, OptionError } from '../errors/index.js';
import type { PredictionEngine } from '../predictions/index.js';
import type { BatchConnection } from './batch-connection.js';
import { type BatchProcess, parseProcess } from './batch-process.js';
import type { BatchResultsJson } from './batch-results.js';
import { type ListOptions, listProcesses } from './list-processes.js';
import { multipartBody } from './multipart-form.js';
import { submitOnce } from './submission.js';
import { checkSubmitOptions, type SubmitOptions, type UploadOptions } from './submit-options.js';
import { type BatchInput, uploadSource } from './upload-source.js';

/** What is shorter in a presigned URL is a word or a number that the service's messages have, too. */
const SHORTEST_SIGNATURE = 6;

/** What a single question can be given. */
export interface RequestOptions {
  /** Ends the request with `ABORTED` when it fires. */
  signal?: AbortSignal | undefined;
}

/** Where submissions of one kind go, and where their processes are; relative to the base URL. */
export interface CollectionPaths {
  readonly list: string;
  readonly upload: string;
  readonly presignedUrl: string;
}

/** An upload, as an earlier attempt left it. */
export interface EarlierAttempt {
  /** When it began, in milliseconds since the Unix epoch; `never` when there was none. Default: unknown. */
  readonly attemptedAt?: number | 'never' | undefined;
  /** Called before the upload rejects when neither it nor the earlier attempt can have been accepted. */
  readonly onRefused?: (() => void) | undefined;
}

/** The processes of one kind, and what can be asked of them. */
export class BatchCollection {
  readonly #connection: BatchConnection;
  readonly #paths: CollectionPaths;
  readonly #canDetectGenerators: boolean;

  constructor(connection: BatchConnection, paths: CollectionPaths, canDetectGenerators: boolean) {
    this.#connection = connection;
    this.#paths = paths;
    this.#canDetectGenerators = canDetectGenerators;
  }

  /** What may be known of the client's settings. */
  get settings(): BatchConnection['settings'] {
    return this.#connection.settings;
  }

  /** What tells it from all others: the service, the project, and the kind. */
  get identity(): string {
    return `${this.settings.baseUrl.href}${this.#paths.list}`;
  }

  /** Checks options at once, in the name of the caller's method. */
  check(call: string, options: UploadOptions): void {
    checkSubmitOptions(call, options, this.#canDetectGenerators);
  }

  list(options: ListOptions): AsyncIterable<BatchProcess> {
    return listProcesses(this.#connection, this.#paths.list, options);
  }

  upload(call: string, input: BatchInput, options: UploadOptions & EarlierAttempt): Promise<BatchProcess> {
    this.check(call, options);
    const source = uploadSource(`${call}(input)`, input);
    const { onProgress = () => {} } = options;
    const fileName = options.fileName ?? source.fileName ?? 'recording';
    const name = options.name ?? fileName;
    return this.#submit({ ...options, name }, source.isRepeatable, async (fields, signal) => {
      const file = await source.open();
      onProgress(0, file.sizeBytes);
      const form = { fields, file, fileName, onProgress: (bytes: number) => onProgress(bytes, file.sizeBytes) };
      return (await this.#connection.post(this.#paths.upload, multipartBody(form), signal)).json;
    });
  }

  submitUrl(call: string, location: string | URL, options: SubmitOptions): Promise<BatchProcess> {
    this.check(call, options);
    const text = String(location);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // Not quoted: it carries its own credentials.
    if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
      throw new OptionError(`${call}(url)`, 'must be an https:// URL that the service can fetch');
    }
    const name = options.name ?? (decodeName(url) || 'recording');
    return this.#submit({ ...options, name }, true, async ({ embeddings, enable_generator_detection, ...fields }, signal) => {
      const flags = {
        embeddings: embeddings === 'true',
        ...(enable_generator_detection !== undefined && {
          enable_generator_detection: enable_generator_detection === 'true',
        }),
      };
      const body = JSON.stringify({ url: text, ...fields, ...flags });
      return (await this.#connection.post(this.#paths.presignedUrl, body, signal, secretsOf(url, text))).json;
    });
  }

  async status(call: string, pid: string | number, { signal }: RequestOptions): Promise<BatchProcess> {
    return expectProcess((await this.#connection.get(`${this.#paths.list}/${expectPid(call, pid)}`, { signal })).json);
  }

  async results(
    call: string,
    pid: string | number,
    { signal }: RequestOptions,
  ): Promise<{ json: BatchResultsJson; engine: PredictionEngine }> {
    const { json, engine } = await this.#connection.get(`${this.#paths.list}/${expectPid(call, pid)}/results`, { signal });
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      const why = `The service answered with JSON that is no results of process ${pid}`;
      throw new BatchApiError('INVALID_RESPONSE', why, { pid: String(pid), statusCode: 200 });
    }
    return { json: json as BatchResultsJson, engine };
  }

  #submit(
    options: SubmitOptions & EarlierAttempt & { name: string },
    isRepeatable: boolean,
    send: (fields: Record<string, string>, signal: AbortSignal) => Promise<unknown>,
  ): Promise<BatchProcess> {
    const { name, embeddings = false, generatorDetection, submissionId, attemptedAt, onRefused, meta = {} } = options;
    const signal = options.signal ?? new AbortController().signal;
    return submitOnce(this.#connection, {
      listPath: this.#paths.list,
      name,
      submissionId,
      attemptedAt,
      signal,
      isRepeatable,
      onRefused,
      send: async (id) => {
        const fields = {
          name,
          embeddings: String(embeddings),
          meta: JSON.stringify({ ...meta, submissionId: id }),
          ...(generatorDetection !== undefined && { enable_generator_detection: String(generatorDetection) }),
        };
        return expectProcess(await send(fields, signal));
      },
    });
  }
}

function expectPid(call: string, pid: unknown): string {
  const text = String(pid);
  if (!/^\d{1,19}$/.test(text)) throw new OptionError(`${call}(pid)`, 'must be the ID of a process, a whole number', pid);
  return text;
}

function expectProcess(json: unknown): BatchProcess {
  const process = parseProcess(json);
  if (!process) {
    throw new BatchApiError('INVALID_RESPONSE', 'The service answered with JSON that is no process', { statusCode: 200 });
  }
  return process;
}

/** What must not be shown of a presigned URL: a service may repeat all of it, what follows the path, or the signature alone. */
function secretsOf(url: URL, text: string): string[] {
  const query = url.search.slice(1);
  const written = query.split('&').map((part) => part.slice(part.indexOf('=') + 1));
  const values = [...written, ...url.searchParams.values()].filter((value) => value.length >= SHORTEST_SIGNATURE);
  return [text, url.href, query, ...values];
}

/** The last part of a URL's path, which may be no valid text. */
function decodeName(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
