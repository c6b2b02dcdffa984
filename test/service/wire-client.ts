import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  type Metadata,
  type StatusObject,
} from '@grpc/grpc-js';
import { streamingService } from '../../src/grpc/package-definition.js';
import type { AudioConfig } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/AudioConfig.js';
import type { AudioStream } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/AudioStream.js';
import type { StreamResult__Output } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import type { LocalService } from '../../src/service/index.js';

/** A call as any gRPC client would make it, knowing nothing of this library's session. */
export class WireCall {
  readonly stream: ClientDuplexStream<AudioStream, StreamResult__Output>;
  readonly results: StreamResult__Output[] = [];
  /** Initial metadata. */
  readonly metadata: Promise<Metadata>;
  /** Status and trailers. */
  readonly status: Promise<StatusObject>;
  readonly #credentials: { cid: string; xAuthToken: string };

  constructor(client: Client, { connection }: Pick<LocalService, 'connection'>, method: 'StreamAudio' | 'DeepfakeDetection') {
    const { path, requestSerialize, responseDeserialize } = streamingService[method];
    this.stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize) as WireCall['stream'];
    this.#credentials = { cid: connection.cid, xAuthToken: connection.apiKey };
    this.metadata = new Promise((resolve) => this.stream.once('metadata', resolve));
    this.status = new Promise((resolve) => this.stream.once('status', resolve));
    // Statuses other than OK are errors too; the tests look at the status.
    this.stream.on('error', () => {});
    this.stream.on('data', (result) => this.results.push(result));
  }

  /** Sends a message with the project's credentials, unless it brings its own. */
  send(message: AudioStream): boolean {
    return this.stream.write({ ...this.#credentials, ...message });
  }

  configure(config: AudioConfig = {}): this {
    this.send({ config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000, ...config } });
    return this;
  }

  /** Sends audio in messages of a length. */
  sendAudio(samples: Int16Array, samplesPerMessage: number): this {
    for (let at = 0; at < samples.length; at += samplesPerMessage) {
      const part = samples.subarray(at, at + samplesPerMessage);
      this.send({ audioContent: Buffer.from(part.buffer, part.byteOffset, part.byteLength) });
    }
    return this;
  }

  /** Ends the audio and waits for the status. */
  finish(): Promise<StatusObject> {
    this.stream.end();
    return this.status;
  }

  /** Waits for the n-th message of results. */
  async received(count: number): Promise<void> {
    while (this.results.length < count) await new Promise((resolve) => this.stream.once('data', resolve));
  }
}

/** A client of a running service, closed with the scope. */
export class WireClient implements AsyncDisposable {
  readonly grpc: Client;
  readonly #service: Pick<LocalService, 'connection'>;

  constructor(service: Pick<LocalService, 'connection'>, channelCredentials: ChannelCredentials = credentials.createInsecure()) {
    this.#service = service;
    const { host, port } = new URL(service.connection.endpoint);
    // grpc-js gives an address as the name of the server, too, and Node refuses that from version 26 on.
    this.grpc = new Client(channelCredentials._isSecure() ? `localhost:${port}` : host, channelCredentials, {
      'grpc.use_local_subchannel_pool': 1,
      // Otherwise up to 1 MiB counts as written that the server has not taken.
      'grpc.enable_retries': 0,
      'grpc.per_rpc_retry_buffer_size': 0,
    });
  }

  call(method: 'StreamAudio' | 'DeepfakeDetection' = 'StreamAudio'): WireCall {
    return new WireCall(this.grpc, this.#service, method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.grpc.close();
  }
}
