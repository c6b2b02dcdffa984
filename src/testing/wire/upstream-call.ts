import http2, { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import { FrameSplitter, frameOf, type GrpcFrame } from './grpc-frames.js';
import { PauseReasons } from './pause-reasons.js';

/** The service that calls are passed on to. */
export interface UpstreamTarget {
  /** With its scheme: `http://127.0.0.1:50051`. */
  readonly endpoint: string;
  /** Authorities to trust instead of the system's, PEM encoded. */
  readonly ca?: string | Buffer | undefined;
}

/** What an {@link UpstreamCall} reports. */
export interface UpstreamListener {
  /** Initial metadata; not when the call failed at once. */
  headers(metadata: IncomingHttpHeaders): void;
  message(frame: GrpcFrame): void;
  /** What was sent has left, after `send()` returned false. */
  drained(): void;
  /** The call ended with a status. */
  finished(trailers: IncomingHttpHeaders): void;
  /** The call broke off, or the service can't be reached. */
  failed(reason: string): void;
}

/** The client's end of one gRPC call on a connection of its own. */
export class UpstreamCall {
  /** Reading from the service, while nobody wants it paused. */
  readonly reading: PauseReasons;
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #listener: UpstreamListener;
  #over = false;

  constructor({ endpoint, ca }: UpstreamTarget, headers: IncomingHttpHeaders, listener: UpstreamListener) {
    this.#listener = listener;
    this.#session = http2.connect(endpoint, ca === undefined ? {} : { ca });
    this.#session.on('error', (error) => this.#fail(error.message));
    this.#stream = this.#session.request(requestHeaders(headers), { endStream: false });
    this.reading = new PauseReasons(this.#stream);
    this.#listen();
  }

  /** Sends a message; false when the service should be given time to read. */
  send(message: Uint8Array, compressed = false): boolean {
    return this.#over || this.#stream.destroyed || this.#stream.write(frameOf(message, compressed));
  }

  halfClose(): void {
    if (!this.#over && !this.#stream.destroyed) this.#stream.end();
  }

  /** Ends the call and its connection at once; nothing is reported any more. */
  cancel(): void {
    this.#over = true;
    this.#session.destroy();
  }

  #listen(): void {
    const splitter = new FrameSplitter();
    let trailers: IncomingHttpHeaders | undefined;
    this.#stream.once('response', (headers) => {
      if (this.#over) return;
      // A call that fails at once has its status in its only headers.
      if (headers['grpc-status'] !== undefined) trailers = headers;
      else this.#listener.headers(headers);
    });
    this.#stream.on('data', (part: Buffer) => {
      if (this.#over) return;
      try {
        for (const frame of splitter.push(part)) if (!this.#over) this.#listener.message(frame);
      } catch (error) {
        this.#fail(error instanceof Error ? error.message : String(error));
      }
    });
    this.#stream.once('trailers', (headers) => {
      trailers = headers;
    });
    this.#stream.on('drain', () => {
      if (!this.#over) this.#listener.drained();
    });
    this.#stream.on('error', () => {});
    this.#stream.once('end', () => {
      if (this.#over || !trailers) return;
      this.#over = true;
      this.#session.destroy();
      this.#listener.finished(trailers);
    });
    this.#stream.once('close', () => this.#fail(`RST_STREAM with code ${this.#stream.rstCode}`));
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#session.destroy();
    this.#listener.failed(reason);
  }
}

/** The client's headers, without those that belong to its own connection. */
function requestHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const {
    ':path': path,
    ':method': method = 'POST',
    ':scheme': _scheme,
    ':authority': _authority,
    host: _host,
    ...rest
  } = headers;
  return { ...rest, ':method': method, ...(path !== undefined && { ':path': path }), te: 'trailers' };
}
