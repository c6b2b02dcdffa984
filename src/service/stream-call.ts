import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { Engine, EngineResult, EngineStream, EngineStreamOptions } from '../engine/index.js';
import type { Logger } from '../events/index.js';
import type { AudioConfig__Output } from '../grpc/proto/types/behavioral_api/grpc/v1/AudioConfig.js';
import type { AudioStream__Output } from '../grpc/proto/types/behavioral_api/grpc/v1/AudioStream.js';
import type { StreamResult } from '../grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import type { StreamRecord } from './jobs/stream-record.js';
import { MessageCheck, type Refusal } from './message-check.js';
import type { ProjectRegistry } from './project-registry.js';
import { resultRows } from './result-message.js';

/** Results that may wait for a client that doesn't read them. Reading its audio stops long before; this bounds what one message yields. */
const MAX_WAITING_RESULTS = 1024;

/** The server's end of one call, either method. */
export type AudioServerCall = ServerDuplexStream<AudioStream__Output, StreamResult>;

/** What a {@link StreamCall} needs of the service. */
export interface StreamCallContext {
  readonly engine: Engine;
  readonly projects: ProjectRegistry;
  readonly analysis: EngineStreamOptions['analysis'];
  readonly logger: Logger;
  /** Numbers the streams that are not kept; asked once the configuration was accepted. */
  readonly nextPid: () => number;
  /** Keeps a stream's results and numbers it; absent, or undefined for a stream, where they are not kept. */
  readonly recordStream?:
    | ((stream: { cid: string; analysis: EngineStreamOptions['analysis']; embeddings: boolean }) => StreamRecord | undefined)
    | undefined;
  /** The call is over and holds nothing any more. */
  readonly onClose: () => void;
}

/**
 * Serves one call: checks its messages, feeds the engine, sends its results, and ends it with a status.
 *
 * It reads no faster than the engine consumes, and not at all while the client leaves results unread.
 */
export class StreamCall {
  readonly #call: AudioServerCall;
  readonly #context: StreamCallContext;
  readonly #check: MessageCheck;
  #engineStream: EngineStream | undefined;
  #record: StreamRecord | undefined;
  #sampleRate = 1;
  #origin: { cid: string; pid: number } = { cid: '0', pid: 0 };
  #messageId = 0;
  #bytes = 0;
  #consuming = false;
  #unread = false;
  #over = false;

  constructor(call: AudioServerCall, context: StreamCallContext) {
    this.#call = call;
    this.#context = context;
    this.#check = new MessageCheck(context.projects);
    // Emitted when the client cancels or vanishes, and also after a status was sent.
    call.once('cancelled', () => {
      this.#finish('cancelled by the client', false);
      context.onClose();
    });
    call.on('drain', () => {
      this.#unread = false;
      this.#readOrPause();
    });
    // Node's clients close their half before they reset a stream, so that a cancelled call may look ended for a moment.
    call.on('end', () => this.#end());
    call.on('data', (message: AudioStream__Output) => this.#receive(message));
  }

  /** Ends the call with a status; results that were sent before still reach the client. */
  refuse(refusal: Refusal): void {
    if (this.#over) return;
    this.#finish(refusal.details, true);
    // grpc-js sends the status of an emitted error; its own listener keeps the error from being thrown.
    this.#call.emit('error', refusal);
  }

  #receive(message: AudioStream__Output): void {
    if (this.#over) return;
    const refusal = this.#check.check(message);
    if (refusal) this.refuse(refusal);
    else if (message.config) this.#open(message.cid, message.config);
    else if (message.audioContent.length > 0) this.#push(message.audioContent);
  }

  #open(cid: string, { sampleRateHertz, level, logits, featureEmbedding }: AudioConfig__Output): void {
    const { engine, analysis, logger, nextPid, recordStream } = this.#context;
    this.#record = recordStream?.({ cid, analysis, embeddings: featureEmbedding === true });
    this.#origin = { cid, pid: this.#record?.pid ?? nextPid() };
    this.#sampleRate = sampleRateHertz;
    try {
      this.#engineStream = engine.open({
        sampleRate: sampleRateHertz,
        analysis,
        ...(level !== undefined && { level }),
        ...(logits !== undefined && { logits }),
        ...(featureEmbedding !== undefined && { embeddings: featureEmbedding }),
        onResult: (result) => this.#send(result),
        onError: (error) => this.#engineFailed(error),
      });
      logger.info({ ...this.#origin, analysis, sampleRate: sampleRateHertz, resultLevel: level ?? 'all' }, 'stream opened');
    } catch (error) {
      this.#engineFailed(error);
    }
  }

  #push(audio: Buffer): void {
    this.#bytes += audio.length;
    // A copy, because the bytes may lie at an odd address, and in a larger buffer that would be kept alive.
    const samples = new Int16Array(audio.length / 2);
    audio.copy(new Uint8Array(samples.buffer));
    this.#consume(() => this.#engineStream?.push(samples));
  }

  #end(): void {
    if (this.#over) return;
    if (!this.#engineStream) {
      this.refuse({ code: status.INVALID_ARGUMENT, details: 'The stream ended before its configuration came.' });
      return;
    }
    this.#consume(
      () => this.#engineStream?.end(),
      () => {
        this.#engineStream = undefined;
        this.#finish('ended', false);
        this.#call.end();
      },
    );
  }

  /** Lets the engine work, and reads nothing while it takes its time. */
  #consume(work: () => void | Promise<void>, then?: () => void): void {
    try {
      const pending = work();
      if (!pending) {
        if (!this.#over) then?.();
        return;
      }
      this.#consuming = true;
      this.#readOrPause();
      pending.then(
        () => {
          this.#consuming = false;
          if (this.#over) return;
          then?.();
          this.#readOrPause();
        },
        (error) => this.#engineFailed(error),
      );
    } catch (error) {
      this.#engineFailed(error);
    }
  }

  #send(result: EngineResult): void {
    if (this.#over) return;
    this.#record?.add(result);
    const waiting = !this.#call.write({ ...this.#origin, messageId: this.#messageId++, result: resultRows(result) });
    if (waiting && this.#call.writableLength > MAX_WAITING_RESULTS) {
      this.refuse({
        code: status.RESOURCE_EXHAUSTED,
        details: `${MAX_WAITING_RESULTS} results wait for the client to read them.`,
      });
    } else if (waiting && !this.#unread) {
      this.#unread = true;
      this.#readOrPause();
    }
  }

  #readOrPause(): void {
    if (this.#consuming || this.#unread) this.#call.pause();
    else this.#call.resume();
  }

  #engineFailed(error: unknown): void {
    if (this.#over) return;
    this.#context.logger.error({ ...this.#origin, err: error }, 'the engine failed');
    this.refuse({ code: status.INTERNAL, details: 'The engine failed on this stream; the service has logged why.' });
  }

  /** Frees the engine's stream; only a status may follow. */
  #finish(reason: string, failed: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#record?.end({ failed, reason, durationMs: (this.#bytes / 2 / this.#sampleRate) * 1000 });
    this.#engineStream?.cancel();
    this.#engineStream = undefined;
    this.#call.resume();
    this.#context.logger.info({ ...this.#origin, bytes: this.#bytes, results: this.#messageId, reason }, 'stream closed');
  }
}
