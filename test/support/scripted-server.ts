import { Metadata, Server, ServerCredentials, type ServerDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { streamingService } from '../../src/grpc/package-definition.js';
import type { AudioStream__Output } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/AudioStream.js';
import type { StreamResult } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';

export type ScriptedCall = ServerDuplexStream<AudioStream__Output, StreamResult>;

/** A real gRPC server on port 0 whose handler the test writes. */
export async function startScriptedServer(
  handle: (call: ScriptedCall, method: 'StreamAudio' | 'DeepfakeDetection') => void,
  credentials = ServerCredentials.createInsecure(),
) {
  const server = new Server();
  server.addService(streamingService, {
    StreamAudio: (call: ScriptedCall) => handle(call, 'StreamAudio'),
    DeepfakeDetection: (call: ScriptedCall) => handle(call, 'DeepfakeDetection'),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    port,
    /** Options for the operators. */
    connection: { endpoint: `http://127.0.0.1:${port}`, cid: 10_000_119, apiKey: 'test-token' },
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
    stop: () => server.forceShutdown(),
    /** Says GOAWAY, and takes no new connections; calls go on. */
    leave: () => server.tryShutdown(() => {}),
  };
}

/** Ends a call with a status, as a server does. */
export function endWith(call: ScriptedCall, status: Partial<StatusObject>): void {
  call.emit('error', { metadata: new Metadata(), details: '', ...status });
}

/** A result row of one task. */
export function genderRow(level: 'segment' | 'utterance', id: string, startTime: string, endTime: string) {
  return {
    id,
    startTime,
    endTime,
    task: 'gender',
    level,
    finalLabel: 'female',
    prediction: [
      { label: 'female', posterior: '0.9' },
      { label: 'male', posterior: '0.1' },
    ],
  };
}
