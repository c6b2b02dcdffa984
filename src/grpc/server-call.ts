import { type ClientDuplexStream, connectivityState, Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { AudioMessages } from './audio-message.js';
import { Connection } from './connection.js';
import { streamingService } from './package-definition.js';
import type { AudioStream } from './proto/types/behavioral_api/grpc/v1/AudioStream.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';
import type { SessionSettings } from './session-settings.js';

/** The local service names itself with this header in its initial metadata; the vendor's service sends none. */
export const ENGINE_HEADER = 'x-behavioral-signals-engine';

/** What a {@link ServerCall} reports. */
export interface ServerCallObserver {
  /** The configuration was written: the stream exists. */
  open: () => void;
  /** The connection takes no new calls (GOAWAY), or is lost, though this call has not ended yet. */
  leaving: () => void;
  /** A message with results; the engine that answers is known by then. */
  result: (message: StreamResult__Output, engine: 'local' | 'remote') => void;
  /** The call is over, after all results; called once, and not after `cancel()`. */
  end: (status: StatusObject) => void;
}

/** One bidirectional call on a connection of its own: configuration first, then audio, credentials in every message. */
export class ServerCall {
  readonly #connection: Connection;
  /** Written with the configuration, then with audio as bare bytes. */
  readonly #stream: ClientDuplexStream<AudioStream | Buffer, StreamResult__Output>;
  readonly #apiKey: string;
  #engine: 'local' | 'remote' | undefined;
  #isOpen = false;
  #over = false;

  constructor(settings: SessionSettings, sampleRate: number, observer: ServerCallObserver) {
    const { cid, apiKey: xAuthToken } = settings;
    const messages = new AudioMessages(cid, xAuthToken);
    this.#apiKey = xAuthToken;
    this.#connection = new Connection(settings);
    const method = settings.analysis === 'deepfake' ? streamingService.DeepfakeDetection : streamingService.StreamAudio;
    this.#stream = this.#connection.client.makeBidiStreamRequest(
      method.path,
      (message) => (Buffer.isBuffer(message) ? messages.serialize(message) : method.requestSerialize(message)),
      method.responseDeserialize,
      new Metadata(),
      {},
    );
    this.#listen(observer);
    const { level, logits, embeddings } = settings;
    const config: AudioStream['config'] = {
      encoding: 'LINEAR_PCM',
      sampleRateHertz: sampleRate,
      ...(level && { level }),
      ...(logits && { logits }),
      ...(embeddings && { featureEmbedding: embeddings }),
    };
    this.#stream.write({ cid, xAuthToken, config }, (error: unknown) => {
      if (error || this.#over) return;
      this.#isOpen = true;
      observer.open();
      this.#watchConnection(observer);
    });
  }

  /** Which engine answers; undefined until the server has said something, for then it is anybody's guess. */
  get engine(): 'local' | 'remote' | undefined {
    return this.#engine;
  }

  /** Writes 16-bit PCM; `written` is called once the transport has taken it, or never when the call ends before. */
  write(audio: Buffer, written: () => void): void {
    if (this.#over) return;
    this.#stream.write(audio, (error: unknown) => {
      if (!error && !this.#over) written();
    });
  }

  /** Ends the audio; the server goes on to answer. */
  halfClose(): void {
    if (!this.#over) this.#stream.end();
  }

  /** Ends the call and its connection at once; nothing is reported any more. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream.cancel();
    this.#disconnect();
  }

  /** After GOAWAY a call lives on until the server's grace is over; only the connection's state tells. */
  #watchConnection(observer: ServerCallObserver): void {
    if (this.#over) return;
    const left = () => {
      // A lost connection ends the call too, and with a reason: let that come first.
      setImmediate(() => {
        if (!this.#over) observer.leaving();
      });
    };
    const channel = this.#connection.client.getChannel();
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.READY) channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, left);
    else left();
  }

  #disconnect(): void {
    this.#connection.close(this.#isOpen ? {} : { graceMs: 0 });
  }

  /** What a server says about a token can quote it. */
  #withoutToken(details: string): string {
    return this.#apiKey.length < 8 ? details : details.replaceAll(this.#apiKey, '(hidden)');
  }

  #listen(observer: ServerCallObserver): void {
    let received: StatusObject | undefined;
    let ended = false;
    const settle = () => {
      // The status can overtake results that still wait in the stream's buffer.
      if (this.#over || !received || !ended) return;
      this.#over = true;
      this.#disconnect();
      const { code, details } = known(received);
      observer.end({ ...received, code, details: this.#withoutToken(details) });
    };
    this.#stream.on('metadata', (metadata: Metadata) => {
      this.#engine = String(metadata.get(ENGINE_HEADER)[0] ?? '').startsWith('local') ? 'local' : 'remote';
    });
    this.#stream.on('data', (message: StreamResult__Output) => {
      if (!this.#over) observer.result(message, this.#engine ?? 'remote');
    });
    this.#stream.on('status', (value: StatusObject) => {
      received = value;
      settle();
    });
    this.#stream.once('end', () => {
      ended = true;
      settle();
    });
    // Every failure comes as a status too; without a listener it would crash the process, even after the call is over.
    this.#stream.on('error', (error) => {
      const {
        code = status.UNKNOWN,
        details = error.message,
        metadata = new Metadata(),
      } = error as Partial<StatusObject> & Error;
      // By then the status and all results have come, if they come at all.
      setImmediate(() => {
        received ??= { code, details, metadata };
        ended = true;
        settle();
      });
    });
  }
}

/** grpc-js has neither code nor words for a message that says it is compressed in a stream that says it isn't. */
function known({ code, details }: Partial<StatusObject>): Pick<StatusObject, 'code' | 'details'> {
  return Number.isInteger(code)
    ? { code: code as status, details: details ?? '' }
    : { code: status.INTERNAL, details: details ?? 'the server broke the protocol' };
}
