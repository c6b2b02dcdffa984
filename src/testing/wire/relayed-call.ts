import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { methodOf, type StreamingMethod } from './audio-messages.js';
import { frameOf, type GrpcFrame } from './grpc-frames.js';
import { statusName } from './grpc-status.js';
import { Outbox } from './outbox.js';
import { PauseReasons } from './pause-reasons.js';
import { type CallStatus, ServerStream } from './server-stream.js';
import { TimerSet } from './timer-set.js';
import { UpstreamCall, type UpstreamTarget } from './upstream-call.js';

/** Sees each message of a call and decides what is passed on. */
export interface RelayObserver {
  /** A call was made; it may be ended here already. */
  opened(call: RelayedCall): void;
  /** The service's initial metadata came. */
  answered?(call: RelayedCall, metadata: IncomingHttpHeaders): void;
  /** A message of the client; passed on with `call.forward()`. */
  request(call: RelayedCall, frame: GrpcFrame): void;
  /** The client will send no more. */
  halfClosed?(call: RelayedCall): void;
  /** A message of the service; passed on with `call.answer()`. */
  response(call: RelayedCall, frame: GrpcFrame): void;
  /** The service ended the call with this status. */
  finished?(call: RelayedCall, status: CallStatus): void;
  /** The call is over, however it ended; called once. */
  closed(call: RelayedCall): void;
}

/** One gRPC call on its way between a client and a service. */
export class RelayedCall {
  /** Counts up from 0. */
  readonly number: number;
  /** The local port of the client's connection. */
  readonly clientPort: number;
  /** Undefined for calls of other services than the streaming API. */
  readonly method: StreamingMethod | undefined;
  readonly #down: ServerStream;
  readonly #up: UpstreamCall | undefined;
  readonly #outbox = new Outbox();
  readonly #writing = new PauseReasons({
    pause: () => this.#outbox.stall(),
    resume: () => this.#outbox.resume(),
  });
  readonly #timers = new TimerSet();
  #ending = false;

  constructor(
    number: number,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    target: UpstreamTarget,
    observer: RelayObserver,
  ) {
    this.number = number;
    this.clientPort = stream.session?.socket.remotePort ?? 0;
    this.method = methodOf(String(headers[':path']));
    this.#down = new ServerStream(stream, headers, {
      message: (frame) => observer.request(this, frame),
      halfClose: () => {
        observer.halfClosed?.(this);
        if (!this.over) this.#up?.halfClose();
      },
      drained: () => this.#readMore(),
      closed: () => {
        this.#release();
        observer.closed(this);
      },
    });
    observer.opened(this);
    if (this.over) return;
    this.#up = this.#callService(target, headers, observer);
    this.#outbox.onRoom = () => this.#readMore();
  }

  /** Whether the client was given a status or a reset, is about to, or is gone. */
  get over(): boolean {
    return this.#ending || this.#down.over;
  }

  /** Passes a message on to the service. */
  forward({ message, compressed }: GrpcFrame): void {
    if (this.over || !this.#up) return;
    if (!this.#up.send(message, compressed)) this.#down.reading.pause('full');
  }

  /** Passes a message on to the client. */
  answer({ message, compressed }: GrpcFrame): void {
    this.answerBytes(frameOf(message, compressed));
  }

  /** Passes bytes on to the client as they are. */
  answerBytes(bytes: Buffer): void {
    this.#outbox.add(() => {
      if (!this.#down.sendBytes(bytes)) this.#up?.reading.pause('full');
    });
    if (this.#outbox.isFull) this.#up?.reading.pause('full');
  }

  /** Breaks the call off with RST_STREAM once what was answered before has left. */
  resetAfterAnswers(): void {
    this.#ending = true;
    this.#up?.cancel();
    this.#outbox.add(() => this.#down.resetWhenSent());
  }

  /** Ends the call with a status now. */
  finish(status: CallStatus): void {
    this.#down.finish(status);
    this.#release();
  }

  /** Breaks the call off with RST_STREAM. */
  reset(code?: number): void {
    this.#down.reset(code);
    this.#release();
  }

  /** Takes no messages of the client for a while, or for good. */
  stallReads(forMs: number | undefined): void {
    const stall = Symbol('stall');
    this.#down.reading.pause(stall);
    this.#timers.after(forMs, () => this.#down.reading.resume(stall));
  }

  /** Sends nothing to the client for a while, or for good. */
  stallWrites(forMs: number | undefined): void {
    const stall = Symbol('stall');
    this.#writing.pause(stall);
    this.#timers.after(forMs, () => this.#writing.resume(stall));
  }

  /** From now on, answers come this much later. */
  delayAnswers(ms: number): void {
    this.#outbox.delayMs = ms;
  }

  #callService(target: UpstreamTarget, headers: IncomingHttpHeaders, observer: RelayObserver): UpstreamCall {
    return new UpstreamCall(target, headers, {
      headers: (metadata) => {
        observer.answered?.(this, metadata);
        this.#outbox.add(() => this.#down.respond(withoutPseudoHeaders(metadata)));
      },
      message: (frame) => {
        if (!this.over) observer.response(this, frame);
      },
      drained: () => this.#down.reading.resume('full'),
      finished: (trailers) => {
        const status = statusOf(trailers);
        observer.finished?.(this, status);
        this.#outbox.add(() => this.finish(status));
      },
      failed: (reason) => {
        const status: CallStatus = { status: 'UNAVAILABLE', details: `The service behind broke the call off: ${reason}` };
        observer.finished?.(this, status);
        this.#outbox.add(() => this.finish(status));
      },
    });
  }

  #readMore(): void {
    if (!this.#outbox.isFull) this.#up?.reading.resume('full');
  }

  #release(): void {
    this.#timers.clear();
    this.#outbox.clear();
    this.#up?.cancel();
  }
}

function withoutPseudoHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const own = /^:|^(date|content-type|grpc-status|grpc-message)$/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name)));
}

function statusOf(trailers: IncomingHttpHeaders): CallStatus {
  const message = trailers['grpc-message'];
  return {
    status: statusName(Number(trailers['grpc-status'])) ?? 'UNKNOWN',
    details: typeof message === 'string' ? decode(message) : '',
    trailers: withoutPseudoHeaders(trailers),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
