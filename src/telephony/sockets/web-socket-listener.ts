import type { WebSocketLike, WebSocketLikeEvent } from './web-socket-like.js';

/** What a {@link WebSocketListener} tells. */
export interface WebSocketObserver {
  text: (text: string) => void;
  binary: (bytes: Uint8Array) => void;
  /** A message larger than allowed, which was not looked at. */
  oversize: (bytes: number) => void;
  /** A message of no form that can be read. */
  unreadable: () => void;
  /** The connection is over. */
  end: (reason: 'closed' | 'failed', code: number | undefined) => void;
}

const CLOSED = 3;

/** Listens to a WebSocket that belongs to somebody else, from construction until its end or `detach()`. */
export class WebSocketListener {
  readonly #socket: WebSocketLike;
  readonly #maxBytes: number;
  readonly #observer: WebSocketObserver;
  /** What `binaryType` was before it had to be changed. */
  #binaryType: string | undefined;
  #hasFailed = false;
  #isDetached = false;

  constructor(socket: WebSocketLike, maxBytes: number, observer: WebSocketObserver) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#observer = observer;
    if (socket.binaryType === 'blob') {
      // A blob can only be read later, when other messages may have come.
      this.#binaryType = socket.binaryType;
      socket.binaryType = 'arraybuffer';
    }
    socket.addEventListener('message', this.#onMessage);
    socket.addEventListener('close', this.#onClose);
    socket.addEventListener('error', this.#onError);
    if (socket.readyState === CLOSED) queueMicrotask(() => this.#finish(undefined));
  }

  /** Stops listening; the socket stays as it is. */
  detach(): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    const socket = this.#socket;
    if (this.#binaryType !== undefined) socket.binaryType = this.#binaryType;
    if (socket.readyState !== CLOSED) ignoreErrorsUntilClosed(socket);
    socket.removeEventListener('message', this.#onMessage);
    socket.removeEventListener('close', this.#onClose);
    socket.removeEventListener('error', this.#onError);
  }

  readonly #onMessage = ({ data }: WebSocketLikeEvent): void => {
    if (this.#isDetached) return;
    if (typeof data === 'string') {
      if (data.length > this.#maxBytes) this.#observer.oversize(data.length);
      else this.#observer.text(data);
      return;
    }
    const bytes = bytesOf(data);
    if (!bytes) this.#observer.unreadable();
    else if (bytes.length > this.#maxBytes) this.#observer.oversize(bytes.length);
    else this.#observer.binary(bytes);
  };

  readonly #onError = (): void => {
    // A close always follows; what broke the connection is not the audio's fault.
    this.#hasFailed = true;
  };

  readonly #onClose = ({ code }: WebSocketLikeEvent): void => this.#finish(code);

  #finish(code: number | undefined): void {
    if (this.#isDetached) return;
    this.detach();
    this.#observer.end(this.#hasFailed || code === 1006 ? 'failed' : 'closed', code);
  }
}

const ignore = (): void => {};

/** An error of a socket that nobody listens to would end the process, in Node; we only stopped being interested. */
function ignoreErrorsUntilClosed(socket: WebSocketLike): void {
  const stop = () => {
    socket.removeEventListener('error', ignore);
    socket.removeEventListener('close', stop);
  };
  socket.addEventListener('error', ignore);
  socket.addEventListener('close', stop);
}

/** The bytes of a message, of whichever realm and form; undefined for a blob and what is no message. */
function bytesOf(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]') return new Uint8Array(data as ArrayBuffer);
  if (Array.isArray(data) && data.every((part) => ArrayBuffer.isView(part))) return Buffer.concat(data as Uint8Array[]);
  return undefined;
}
