import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { BatchApiError, type BatchApiErrorCode } from '../errors/index.js';
import { onAbort } from '../flow/index.js';
import type { TlsOptions } from '../tls/index.js';
import { connectionError } from './connection-error.js';
import { ResponseBody } from './response-body.js';
import { abortedError } from './wait.js';

/** A body that is read while it is sent. */
export interface UploadBody {
  readonly contentType: string;
  /** Undefined: sent in chunks of HTTP. */
  readonly contentLength: number | undefined;
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Lets go of what the chunks are read from. */
  close(): void;
}

/** A request, complete. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | UploadBody | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How requests are sent. */
export interface HttpTransport {
  /** Kept connections, for requests that may be sent again when one of them turns out to be closed. */
  readonly agent: HttpAgent | HttpsAgent;
  readonly tls: TlsOptions;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly uploadTimeoutMs: number;
  readonly maxResponseBytes: number;
}

/** An answer that came whole; of a refusal (a status from 300) perhaps only its beginning. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * Sends one request and reads its answer; redirects are not followed, so that the token goes nowhere else.
 *
 * @throws (as rejection) BatchApiError `CONNECT_TIMEOUT`, `STALLED`, `REQUEST_TIMEOUT`, `REQUEST_FAILED`, `INVALID_RESPONSE`, `ABORTED`,
 * and whatever reading the body throws. Nothing stays open after it.
 */
export function sendRequest(transport: HttpTransport, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => new Exchange(transport, request, resolve, reject).start());
}

class Exchange {
  readonly #transport: HttpTransport;
  readonly #request: HttpRequest;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: unknown) => void;
  #outgoing: ClientRequest | undefined;
  #response: { message: IncomingMessage; body: ResponseBody } | undefined;
  #timers: Partial<Record<'connect' | 'idle' | 'total', NodeJS.Timeout>> = {};
  #ignoreSignal: () => void = () => {};
  #isConnected = false;
  #isWritten = false;
  #isOver = false;

  constructor(
    transport: HttpTransport,
    request: HttpRequest,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#transport = transport;
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { url, method, headers, body, signal } = this.#request;
    if (signal?.aborted) {
      this.#fail(abortedError(signal));
      return;
    }
    this.#ignoreSignal = onAbort(signal, () => this.#fail(abortedError(signal)));
    const isUpload = typeof body === 'object';
    const { agent, tls, connectTimeoutMs, requestTimeoutMs, uploadTimeoutMs } = this.#transport;
    const totalMs = isUpload ? uploadTimeoutMs : requestTimeoutMs;
    this.#setTimer('connect', connectTimeoutMs, 'CONNECT_TIMEOUT', `did not accept a connection within ${connectTimeoutMs} ms`);
    this.#setTimer('total', totalMs, 'REQUEST_TIMEOUT', `had not answered after ${totalMs} ms`);
    const isSecure = url.protocol === 'https:';
    // What may not be sent twice gets a connection of its own: a kept one can be closed already, which shows only when it is used.
    const outgoing = (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      // A server that is told to close would close on what it has not read yet, and its refusal would be lost with it.
      headers: { connection: 'keep-alive', ...headers, ...bodyHeaders(body) },
      agent: method === 'GET' ? agent : false,
      ...tlsRequestOptions(tls),
    });
    this.#outgoing = outgoing;
    outgoing.on('error', (error) => this.#onError(error));
    // After an answer that is no HTTP answer, such as a switch of protocols, nothing else comes.
    outgoing.on('close', () => {
      if (!this.#response) this.#onError(new Error('closed'));
    });
    outgoing.on('response', (message) => this.#onResponse(message));
    outgoing.once('socket', (socket) => {
      if (outgoing.reusedSocket) this.#connected();
      else socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#connected());
    });
    if (isUpload) return;
    this.#isWritten = true;
    outgoing.end(body);
  }

  #connected(): void {
    if (this.#isOver) return;
    this.#isConnected = true;
    clearTimeout(this.#timers.connect);
    if (typeof this.#request.body === 'object') void this.#upload(this.#request.body);
    else this.#awaitAnswer();
  }

  /** One chunk after the other, each when the one before it has left this process. */
  async #upload({ chunks }: UploadBody): Promise<void> {
    try {
      for (;;) {
        // How long the source takes is its own affair.
        clearTimeout(this.#timers.idle);
        const { done, value } = await chunks.next();
        if (this.#isOver || this.#isRefused) return;
        if (done) break;
        await this.#write(value);
        if (this.#isOver || this.#isRefused) return;
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#isWritten = true;
    this.#outgoing?.end();
    this.#awaitAnswer();
  }

  /** Failures come as the request's own error, which knows more. */
  #write(chunk: Uint8Array): Promise<void> {
    const { idleTimeoutMs } = this.#transport;
    this.#setTimer('idle', idleTimeoutMs, 'STALLED', `took nothing of the upload for ${idleTimeoutMs} ms`);
    return new Promise((resolve) => this.#outgoing?.write(chunk, () => resolve()));
  }

  #awaitAnswer(): void {
    const { idleTimeoutMs } = this.#transport;
    this.#setTimer('idle', idleTimeoutMs, 'REQUEST_TIMEOUT', `said nothing for ${idleTimeoutMs} ms`);
  }

  get #isRefused(): boolean {
    return (this.#response?.message.statusCode ?? 0) >= 300;
  }

  #onResponse(message: IncomingMessage): void {
    if (this.#isOver) {
      message.resume();
      return;
    }
    const body = new ResponseBody(message, this.#transport.maxResponseBytes);
    this.#response = { message, body };
    // An answer to what is still being uploaded: a refusal ends the upload, anything else waits for it.
    const onProgress = () => {
      if (this.#isWritten || this.#isRefused) this.#awaitAnswer();
    };
    onProgress();
    body.read(onProgress, (error) => {
      if (error) this.#fail(error);
      else if (this.#isWritten || this.#isRefused) this.#succeed();
      else {
        const { statusCode } = message;
        this.#fail(
          new BatchApiError('INVALID_RESPONSE', `${this.#place} answered before it had the whole upload`, { statusCode }),
        );
      }
    });
  }

  #onError(cause: Error): void {
    // A server that refuses an upload may close the connection on it: its answer counts.
    if (this.#isRefused && !this.#response?.body.isOver) return;
    const { statusCode } = this.#response?.message ?? {};
    this.#fail(connectionError(this.#place, cause, { unsent: !this.#isConnected, statusCode }));
  }

  #setTimer(timer: 'connect' | 'idle' | 'total', ms: number, code: BatchApiErrorCode, what: string): void {
    clearTimeout(this.#timers[timer]);
    this.#timers[timer] = setTimeout(() => {
      // A refusal is known by its status; its text may be missing.
      if (this.#isRefused) this.#succeed();
      else {
        const { statusCode } = this.#response?.message ?? {};
        this.#fail(
          new BatchApiError(code, `${this.#place} ${what}`, { statusCode, retryable: true, unsent: !this.#isConnected }),
        );
      }
    }, ms);
  }

  get #place(): string {
    return this.#request.url.host;
  }

  #succeed(): void {
    if (this.#isOver || !this.#response) return;
    const { message, body } = this.#response;
    this.#end();
    // What was not read whole, or not written whole, leaves a connection that nobody can use.
    if (!message.complete || !this.#isWritten) this.#outgoing?.destroy();
    this.#resolve({ statusCode: message.statusCode ?? 0, headers: message.headers, text: body.text() });
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#outgoing?.destroy();
    this.#reject(error);
  }

  #end(): void {
    this.#isOver = true;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#ignoreSignal();
    if (typeof this.#request.body === 'object') this.#request.body.close();
  }
}

/** As Node's https takes them. */
function tlsRequestOptions({ ca, cert, key, serverName }: TlsOptions): RequestOptions {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

function bodyHeaders(body: HttpRequest['body']): Record<string, string> {
  if (body === undefined) return {};
  if (typeof body === 'string') {
    return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  }
  const { contentType, contentLength } = body;
  return { 'content-type': contentType, ...(contentLength !== undefined && { 'content-length': String(contentLength) }) };
}
