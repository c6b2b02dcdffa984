import type { OperatorFunction } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import type { StreamingOptions } from '../grpc/index.js';
import type { Prediction } from '../predictions/index.js';
import { streamingOperator } from './streaming-operator.js';

/**
 * Streams audio to the service and emits whether it takes the speech for genuine (`bonafide`) or synthetic (`spoofed`).
 *
 * It behaves as `behavioralSignals()` does: same options, same errors, same end. The local service answers "not assessed": both labels
 * at one half and no final label.
 *
 * @returns An operator on mono 16-bit audio, cold: each subscription is a session of its own.
 * @throws As `behavioralSignals()` does.
 * @example
 * fromFile('voicemail.wav').pipe(decode(), toPcm16le(), chunk(250), detectDeepfakes())
 */
export function detectDeepfakes(options: StreamingOptions = {}): OperatorFunction<AudioChunk<Pcm<'s16le', 1>>, Prediction> {
  return streamingOperator('detectDeepfakes', 'deepfake', options);
}
