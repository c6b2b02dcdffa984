/** What a WebSocket tells: the fields of its message, close and error events that are looked at. */
export interface WebSocketLikeEvent {
  /** Of a message: a string, or bytes in whichever form. */
  readonly data?: unknown;
  /** Of a close: the close code. */
  readonly code?: number;
  /** Of an error: what went wrong. */
  readonly message?: string;
}

/**
 * The part of a WebSocket that is used: that of `ws`, of browsers, of undici and Node's own all have it.
 *
 * It is never closed here.
 */
export interface WebSocketLike {
  /** 0 to 3: connecting, open, closing, closed. */
  readonly readyState: number;
  /** In which form bytes come; where it is `blob`, it is `arraybuffer` while the socket is listened to. */
  binaryType?: string;
  /** Sends a text message. */
  send(data: string): void;
  /** Begins to listen. */
  addEventListener(type: 'message' | 'close' | 'error', listener: (event: WebSocketLikeEvent) => void): void;
  /** Stops listening. */
  removeEventListener(type: 'message' | 'close' | 'error', listener: (event: WebSocketLikeEvent) => void): void;
}

/** Whether a value has what is used of a WebSocket. */
export function isWebSocketLike(value: unknown): value is WebSocketLike {
  if (typeof value !== 'object' || value === null) return false;
  const socket = value as Partial<WebSocketLike>;
  return typeof socket.addEventListener === 'function' && typeof socket.removeEventListener === 'function';
}
