import { streamingService } from '../../grpc/package-definition.js';
import type { AudioStream__Output } from '../../grpc/proto/types/behavioral_api/grpc/v1/AudioStream.js';
import type { StreamResult, StreamResult__Output } from '../../grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';

const { StreamAudio } = streamingService;

/** The two methods of the streaming API. */
export type StreamingMethod = 'StreamAudio' | 'DeepfakeDetection';

/** The method that a request path names; undefined for another service's. */
export function methodOf(path: string): StreamingMethod | undefined {
  if (path === StreamAudio.path) return 'StreamAudio';
  return path === streamingService.DeepfakeDetection.path ? 'DeepfakeDetection' : undefined;
}

/** Reads a client's message; undefined when the bytes are none. */
export function readAudioStream(message: Buffer): AudioStream__Output | undefined {
  try {
    return StreamAudio.requestDeserialize(message);
  } catch {
    return undefined;
  }
}

/** Reads a server's message; undefined when the bytes are none. */
export function readStreamResult(message: Buffer): StreamResult__Output | undefined {
  try {
    return StreamAudio.responseDeserialize(message);
  } catch {
    return undefined;
  }
}

/** Writes a server's message. */
export function writeStreamResult(result: StreamResult): Buffer {
  return StreamAudio.responseSerialize(result);
}

/** The samples of a message's audio, copied; a last odd byte is left out. */
export function samplesOf(audio: Buffer): Int16Array {
  const samples = new Int16Array(audio.length >> 1);
  // The bytes may lie at an odd address.
  audio.copy(new Uint8Array(samples.buffer), 0, 0, samples.byteLength);
  return samples;
}
