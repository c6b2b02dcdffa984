import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { FrameSplitter, frameOf, type GrpcFrame } from './grpc-frames.js';
import { GRPC_STATUS, type GrpcStatus } from './grpc-status.js';
import { PauseReasons } from './pause-reasons.js';

/** How a call ends. */
export interface CallStatus {
  readonly status: GrpcStatus;
  readonly details?: string | undefined;
  /** Further trailing metadata. */
  readonly trailers?: OutgoingHttpHeaders | undefined;
}

/** What a {@link ServerStream} reports. */
export interface ServerStreamListener {
  message(frame: GrpcFrame): void;
  /** The client will send no more. */
  halfClose(): void;
  /** Nothing can be sent or received any more; called once, however the call ended. */
  closed(): void;
  /** What was sent has left, after `send()` returned false. */
  drained(): void;
}

/**
 * The server's end of one gRPC call, straight over HTTP/2.
 *
 * It gives the control that a misbehaving server needs and gRPC libraries hide: resets, stalls, broken frames.
 */
export class ServerStream {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Reading from the client, while nobody wants it paused. */
  readonly reading: PauseReasons;
  readonly #stream: ServerHttp2Stream;
  #over = false;
  #unsent = 0;
  #whenSent: (() => void) | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, listener: ServerStreamListener) {
    this.#stream = stream;
    this.headers = headers;
    this.path = String(headers[':path'] ?? '');
    this.reading = new PauseReasons(stream);
    this.#listen(listener);
  }

  /** Whether a status or a reset was sent, or the client is gone. */
  get over(): boolean {
    return this.#over;
  }

  /** Sends the initial metadata; without it the first message does. */
  respond(metadata: OutgoingHttpHeaders = {}): void {
    if (this.#over || this.#stream.headersSent || !this.#isOpen) return;
    this.#stream.respond(
      { ...metadata, ':status': 200, 'content-type': 'application/grpc+proto' },
      // Trailers are sent by whoever ends the call, in `finish()`.
      { waitForTrailers: true },
    );
  }

  /** Sends a message; false when the client should be given time to read. */
  send(message: Uint8Array, compressed = false): boolean {
    return this.sendBytes(frameOf(message, compressed));
  }

  /** Sends bytes as they are, framed or not. */
  sendBytes(bytes: Uint8Array): boolean {
    if (this.#over || !this.#isOpen) return true;
    this.respond();
    this.#unsent += 1;
    return this.#stream.write(bytes, () => {
      this.#unsent -= 1;
      if (this.#unsent === 0) this.#whenSent?.();
    });
  }

  /** Ends the call with a status, after what was sent before. What the client still sends is swallowed. */
  finish({ status, details = '', trailers = {} }: CallStatus): void {
    if (this.#over || !this.#isOpen) return;
    this.#over = true;
    this.reading.release();
    const ending: OutgoingHttpHeaders = { ...trailers, 'grpc-status': String(GRPC_STATUS[status]) };
    if (details !== '') ending['grpc-message'] = encodeURI(details);
    if (!this.#stream.headersSent) {
      const headers = { ...ending, ':status': 200, 'content-type': 'application/grpc+proto' };
      this.#stream.respond(headers, { endStream: true });
      return;
    }
    this.#stream.once('wantTrailers', () => {
      if (this.#isOpen) this.#stream.sendTrailers(ending);
    });
    this.#stream.end();
  }

  /** Breaks the call off with RST_STREAM; what was sent may be lost. */
  reset(code: number = constants.NGHTTP2_INTERNAL_ERROR): void {
    this.#over = true;
    this.reading.release();
    if (this.#isOpen) this.#stream.close(code);
  }

  /** Breaks the call off with RST_STREAM once everything before has left. */
  resetWhenSent(): void {
    this.#whenSent = () => this.reset();
    if (this.#unsent === 0) this.reset();
  }

  get #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  #listen(listener: ServerStreamListener): void {
    const splitter = new FrameSplitter();
    this.#stream.on('data', (part: Buffer) => {
      if (this.#over) return;
      try {
        for (const frame of splitter.push(part)) if (!this.#over) listener.message(frame);
      } catch (error) {
        this.finish({ status: 'INTERNAL', details: error instanceof Error ? error.message : String(error) });
      }
    });
    this.#stream.once('end', () => {
      if (!this.#over) listener.halfClose();
    });
    this.#stream.on('drain', () => listener.drained());
    // Resets and lost connections end in `close` as well.
    this.#stream.on('error', () => {});
    this.#stream.once('close', () => {
      this.#over = true;
      listener.closed();
    });
  }
}
