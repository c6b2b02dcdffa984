import type { OperatorFunction } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import type { StreamingOptions } from '../grpc/index.js';
import type { Prediction } from '../predictions/index.js';
import { streamingOperator } from './streaming-operator.js';

/**
 * Streams audio to the service and emits its predictions of behaviour: gender, age, emotion, positivity, strength, speaking rate,
 * hesitation, engagement, intensity.
 *
 * The connection opens at the first chunk, at its sample rate, and predictions are emitted as soon as they come. Completion of the
 * audio half-closes the stream and waits for every result, up to `drainTimeoutMs` of silence; so does an error of the audio, which
 * is passed on afterwards. A failure that may pass opens a new call, which begins with what has no result yet (`reconnect`). When its
 * `budget` is used up, the session lets go of the audio, takes its results and completes. To end a session and keep its results, end the
 * audio: put `takeUntil` above this operator. Unsubscribing cancels the session, closes its
 * connection and lets go of the source.
 *
 * @param options Credentials come from options or the environment; everything has a default.
 * @returns An operator on mono 16-bit audio, cold: each subscription is a session of its own.
 * @throws OptionError, AuthenticationError `MISSING_CREDENTIALS` and StreamingError `INSECURE_ENDPOINT` at once; as error notification
 * AuthenticationError, InsufficientCreditsError, StreamingError (`CONNECT_TIMEOUT`, `DRAIN_TIMEOUT`, `ENDED_EARLY`, `STALLED`,
 * `REPLAY_LIMIT`, `STREAM_FAILED`, `ABORTED`) and PipelineError `FORMAT_MISMATCH`.
 * @example
 * fromFile('call.mp3')
 *   .pipe(decode(), resample(16_000), toPcm16le(), chunk(250), behavioralSignals({ level: 'utterance' }))
 *   .subscribe((prediction) => console.log(prediction.startMs, prediction.tasks.emotion?.label));
 */
export function behavioralSignals(options: StreamingOptions = {}): OperatorFunction<AudioChunk<Pcm<'s16le', 1>>, Prediction> {
  return streamingOperator('behavioralSignals', 'behavior', options);
}
