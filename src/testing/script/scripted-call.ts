import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { OptionError } from '../../errors/index.js';
import { readAudioStream, type StreamingMethod, writeStreamResult } from '../wire/audio-messages.js';
import type { GrpcFrame } from '../wire/grpc-frames.js';
import { GRPC_STATUS, type GrpcStatus } from '../wire/grpc-status.js';
import { ServerStream } from '../wire/server-stream.js';
import { Milestones } from './milestones.js';
import { type ScriptedResult, toMessage } from './scripted-result.js';
import { configOf, type StreamConfig } from './stream-config.js';

/** A message of a client as it came. */
export interface ReceivedMessage {
  /** The project that it names. */
  readonly cid: string;
  /** The token that it carries. */
  readonly apiKey: string;
  /** Only in the first message. */
  readonly config?: StreamConfig;
  /** 16-bit samples, as bytes; empty in the first message. */
  readonly audio: Buffer;
}

/** How a {@link ScriptedCall} is made. */
export interface ScriptedCallSetup {
  readonly number: number;
  readonly method: StreamingMethod;
  readonly metadata: Readonly<Record<string, string>>;
  readonly onMessage: ((message: ReceivedMessage, call: ScriptedCall) => void) | undefined;
}

/**
 * The service's end of one call, in the hands of a script.
 *
 * What a script waits for is rejected with the `signal`'s reason when the call ends before; a script need not catch that.
 */
export class ScriptedCall {
  /** Counts up from 0. */
  readonly number: number;
  /** Which of the two methods was called. */
  readonly method: StreamingMethod;
  readonly #stream: ServerStream;
  readonly #setup: ScriptedCallSetup;
  readonly #abort = new AbortController();
  readonly #milestones = new Milestones();
  #config: StreamConfig | undefined;
  #cid = '0';
  #samples = 0;
  #audioEnded = false;
  #sent = 0;

  /** @internal */
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, setup: ScriptedCallSetup) {
    this.number = setup.number;
    this.method = setup.method;
    this.#setup = setup;
    this.#stream = new ServerStream(stream, headers, {
      message: (frame) => this.#receive(frame),
      halfClose: () => {
        this.#audioEnded = true;
        this.#milestones.end();
      },
      drained: () => this.#stream.reading.resume('full'),
      closed: () => this.#close('The call is over.'),
    });
    this.#stream.respond(setup.metadata);
  }

  /** Fires when the call is over, however it ended. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What the call asked for; undefined before its first message came. */
  get config(): StreamConfig | undefined {
    return this.#config;
  }

  /** Samples that have come. */
  get receivedSamples(): number {
    return this.#samples;
  }

  /** Milliseconds of audio that have come. */
  get receivedMs(): number {
    return this.#config ? (this.#samples / this.#config.sampleRate) * 1000 : 0;
  }

  /** Whether the client has ended its audio. */
  get audioEnded(): boolean {
    return this.#audioEnded;
  }

  /** Waits for the first message. */
  async configured(): Promise<StreamConfig> {
    await this.#milestones.reach(0);
    if (!this.#config)
      throw new OptionError('the script', 'waited for a configuration, but the client ended its audio without one');
    return this.#config;
  }

  /** Waits until this much audio has come: true; or until the client has ended its audio before: false. */
  async audio(untilMs: number): Promise<boolean> {
    const { sampleRate } = await this.configured();
    return this.samples(Math.ceil((untilMs * sampleRate) / 1000));
  }

  /** The same, counted in samples. */
  samples(until: number): Promise<boolean> {
    return this.#milestones.reach(until);
  }

  /** Waits until the client has ended its audio. */
  async audioEnd(): Promise<void> {
    await this.#milestones.reach(Number.POSITIVE_INFINITY);
  }

  /** Waits until the call is over, however it ended. */
  async closed(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Sends results. Nothing is read from a client that doesn't take them. */
  send(result: ScriptedResult): void {
    const message = toMessage(result, { cid: this.#cid, pid: this.number + 1, messageId: this.#sent });
    this.#sent += 1;
    if (!this.#stream.send(writeStreamResult(message))) this.#stream.reading.pause('full');
  }

  /** Sends bytes in a frame of their own, whether they are a message or not. */
  sendBytes(bytes: Uint8Array): void {
    this.#stream.send(bytes);
  }

  /** Ends the call with OK, after the results that were sent. */
  end(): void {
    this.fail('OK');
  }

  /**
   * Ends the call with a status, after the results that were sent.
   *
   * @throws OptionError for a status that gRPC doesn't know.
   */
  fail(status: GrpcStatus, details = ''): void {
    if (!Object.hasOwn(GRPC_STATUS, status)) throw new OptionError('fail(status)', 'must be the name of a gRPC status', status);
    this.#stream.finish({ status, details });
    this.#close(`The script ended the call with ${status}.`);
  }

  /** Breaks the call off with RST_STREAM, by default with INTERNAL_ERROR. */
  reset(code?: number): void {
    this.#stream.reset(code);
    this.#close('The script broke the call off.');
  }

  /** Takes no more messages until `resumeReading()`. */
  pauseReading(): void {
    this.#stream.reading.pause('script');
  }

  /** Takes messages again. */
  resumeReading(): void {
    this.#stream.reading.resume('script');
  }

  #receive({ message: bytes }: GrpcFrame): void {
    const message = readAudioStream(bytes);
    if (!message) {
      this.fail('INTERNAL', 'The message can not be read.');
      return;
    }
    this.#cid = message.cid;
    const config = message.config ? configOf(message.config) : undefined;
    this.#config ??= config;
    this.#samples += message.audioContent.length >> 1;
    const { cid, xAuthToken: apiKey, audioContent: audio } = message;
    this.#setup.onMessage?.({ cid, apiKey, ...(config && { config }), audio }, this);
    this.#milestones.advance(this.#samples);
  }

  #close(reason: string): void {
    if (this.signal.aborted) return;
    const error = new DOMException(reason, 'AbortError');
    this.#milestones.abandon(error);
    this.#abort.abort(error);
  }
}
