import { EventEmitter } from 'node:events';
import type { WebSocketLike, WebSocketLikeEvent } from '../../src/telephony/index.js';

/** A socket of the browser's interface, whose every event a test makes. */
export class FakeWebSocket implements WebSocketLike {
  readyState = 1;
  binaryType = 'blob';
  readonly sent: string[] = [];
  closed = 0;
  readonly #emitter = new EventEmitter();

  send(data: string) {
    this.sent.push(data);
  }

  close() {
    this.closed += 1;
  }

  addEventListener(type: string, listener: (event: WebSocketLikeEvent) => void) {
    this.#emitter.on(type, listener);
  }

  removeEventListener(type: string, listener: (event: WebSocketLikeEvent) => void) {
    this.#emitter.off(type, listener);
  }

  emit(type: string, event: object = {}) {
    if (type === 'close') this.readyState = 3;
    this.#emitter.emit(type, event);
  }

  text(message: object | string) {
    this.emit('message', { data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  binary(bytes: Uint8Array) {
    this.emit('message', { data: new Uint8Array(bytes).buffer });
  }

  get listeners(): number {
    return ['message', 'close', 'error'].reduce((sum, type) => sum + this.#emitter.listenerCount(type), 0);
  }
}
