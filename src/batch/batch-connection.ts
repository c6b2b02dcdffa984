import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BatchApiError } from '../errors/index.js';
import type { PredictionEngine } from '../predictions/index.js';
import type { BatchSettings } from './batch-settings.js';
import { type HttpAnswer, type HttpRequest, type HttpTransport, sendRequest } from './http-request.js';
import { refusalOf, requestIdOf } from './refusal.js';
import { RetryPlan } from './retry-plan.js';
import { Secrets } from './secrets.js';
import { wait } from './wait.js';

/** The header with which a service that isn't the remote one says so, as in gRPC's metadata. */
const ENGINE_HEADER = 'x-behavioral-signals-engine';

/** The JSON of a success. */
export interface JsonAnswer {
  readonly json: unknown;
  readonly engine: PredictionEngine;
}

/** What a question can have. */
interface Question {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Sends the requests of one client: with its token, answers read as JSON, refusals as typed errors. */
export class BatchConnection {
  /** What may be known of the settings. */
  readonly settings: Omit<BatchSettings, 'apiKey'>;
  readonly #apiKey: string;
  readonly #transport: HttpTransport;
  readonly #secrets: Secrets;

  constructor(settings: BatchSettings) {
    const { apiKey, ...others } = settings;
    this.settings = others;
    this.#apiKey = apiKey;
    this.#secrets = new Secrets(apiKey);
    // Certificates go with each request.
    const agent =
      settings.baseUrl.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    this.#transport = { ...others, agent };
  }

  /** A plan for work that may be tried again. */
  retryPlan(): RetryPlan {
    return new RetryPlan(this.settings.retry);
  }

  /** Asks for JSON, again after transient failures. */
  async get(path: string, question: Question = {}): Promise<JsonAnswer> {
    return this.#repeat(path, question, parseAnswer);
  }

  /** Asks for nothing but a success, again after transient failures. */
  async ask(path: string, question: Question = {}): Promise<void> {
    await this.#repeat(path, question, () => undefined);
  }

  async #repeat<T>(path: string, { query = {}, headers = {}, signal }: Question, read: (answer: HttpAnswer) => T): Promise<T> {
    const url = this.#url(path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const plan = this.retryPlan();
    for (;;) {
      try {
        return read(await this.#send({ method: 'GET', url, headers, signal }));
      } catch (error) {
        await wait(plan.delayAfter(error), signal ?? new AbortController().signal);
      }
    }
  }

  /**
   * Sends something, once.
   *
   * @param secret Texts of the body that must not be shown, such as a presigned URL.
   */
  async post(
    path: string,
    body: NonNullable<HttpRequest['body']>,
    signal?: AbortSignal,
    secret: readonly string[] = [],
  ): Promise<JsonAnswer> {
    const secrets = this.#secrets.with(...secret);
    return parseAnswer(await this.#send({ method: 'POST', url: this.#url(path), headers: {}, body, signal }, secrets));
  }

  #url(path: string): URL {
    return new URL(path, this.settings.baseUrl);
  }

  async #send(request: HttpRequest, secrets = this.#secrets): Promise<HttpAnswer> {
    const headers = { accept: 'application/json', 'x-auth-token': this.#apiKey, ...request.headers };
    const answer = await sendRequest(this.#transport, { ...request, headers });
    if (answer.statusCode < 200 || answer.statusCode >= 300) throw refusalOf(answer, secrets, Date.now());
    return answer;
  }
}

function parseAnswer(answer: HttpAnswer): JsonAnswer {
  const engine = String(answer.headers[ENGINE_HEADER] ?? '').startsWith('local') ? 'local' : 'remote';
  return { json: parseJson(answer), engine };
}

/** IDs are 64-bit numbers: those that a number can't hold are read as text, since rounded they would be others'. */
const LONG_ID = /("(?:pid|cid)"\s*:\s*)(\d{16,19})(?=\s*[,}])/g;

function quoteUnsafe(whole: string, name: string, id: string): string {
  return Number.isSafeInteger(Number(id)) ? whole : `${name}"${id}"`;
}

/** The parser's message is left out: it quotes the text. */
function parseJson({ statusCode, headers, text }: HttpAnswer): unknown {
  const details = { statusCode, requestId: requestIdOf(headers), retryable: true };
  const refuse = (what: string) =>
    new BatchApiError('INVALID_RESPONSE', `The service answered ${statusCode} with ${what}`, details);
  if (text.trim() === '') throw refuse('nothing, where JSON was due');
  try {
    return JSON.parse(text.replace(LONG_ID, quoteUnsafe));
  } catch {
    if (/^\s*</.test(text)) throw refuse('a web page instead of JSON; is baseUrl right?');
    throw refuse('JSON that breaks off or is none');
  }
}
