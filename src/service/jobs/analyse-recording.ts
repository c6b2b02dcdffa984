import { setImmediate as immediate } from 'node:timers/promises';
import type { Engine, EngineStream } from '../../engine/index.js';
import { type DecodeError, isBehavioralSignalsError } from '../../errors/index.js';
import type { EventObserver } from '../../events/index.js';
import { resultPiece } from '../result-json.js';
import type { Analysis } from '../store/stored-process.js';
import { JobFailure } from './job-failure.js';

/** The engine's own rate, in Hz. Resampled before it, a recording may also change its rate on the way. */
const SAMPLE_RATE = 16_000;

/** A recording to be analysed. */
export interface Recording {
  /** Its path; its name tells nothing. */
  readonly file: string;
  readonly analysis: Analysis;
  readonly embeddings: boolean;
}

/** What {@link analyseRecording} works with. */
export interface AnalysisContext {
  readonly engine: Engine;
  /** Longer recordings fail, as soon as that much of them is decoded. */
  readonly maxDurationMs: number;
  /** A piece of the results: rows as JSON, with commas between them. */
  readonly onPiece: (piece: string) => void;
  /** Receives what decoders notice. */
  readonly events: EventObserver;
  readonly signal: AbortSignal;
}

/** What became of a recording. */
export interface AnalysedRecording {
  readonly durationMs: number;
  /** What was wrong with it, though it could be analysed. */
  readonly note?: string;
}

/**
 * Decodes a recording and runs it through the engine as fast as that goes, letting other work come in between.
 *
 * @throws (as rejection) JobFailure for a recording that can't be decoded or is too long; the signal's reason when it fires; an error of
 * the engine's as it is.
 */
export async function analyseRecording(recording: Recording, context: AnalysisContext): Promise<AnalysedRecording> {
  context.signal.throwIfAborted();
  const { decode } = await import('../../operators/decode.js');
  const { resample } = await import('../../operators/resample.js');
  const { toPcm16le } = await import('../../operators/to-pcm16le.js');
  const { fromFile } = await import('../../sources/from-file.js');
  const { events, signal, maxDurationMs } = context;
  const stream = context.engine.open({
    sampleRate: SAMPLE_RATE,
    analysis: recording.analysis,
    embeddings: recording.embeddings,
    onResult: (result) => context.onPiece(resultPiece(result)),
  });
  const audio = fromFile(recording.file).pipe(
    decode({ label: 'recording', events }),
    resample(SAMPLE_RATE),
    toPcm16le({ events }),
  );
  let samples = 0;
  let isOver = false;
  let pushing: Promise<void> = Promise.resolve();
  const durationMs = () => (samples / SAMPLE_RATE) * 1000;
  try {
    const note = await new Promise<string | undefined>((resolve, reject) => {
      const fail = (error: unknown) => {
        signal.removeEventListener('abort', abort);
        subscription?.unsubscribe();
        reject(error);
      };
      const abort = () => fail(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      const subscription = audio.subscribe({
        next: ({ data, length, flow }) => {
          samples += length;
          if (durationMs() > maxDurationMs) {
            fail(new JobFailure(`The recording is longer than ${maxDurationMs / 1000} s, the service's limit.`));
            return;
          }
          const release = flow.hold();
          pushing = pushing.then(() => (isOver ? undefined : push(stream, data))).finally(release);
          pushing.catch(fail);
        },
        error: (error) => {
          const isPartial = isBehavioralSignalsError(error, 'TRUNCATED_INPUT') && samples > 0;
          if (isPartial) pushing.then(() => resolve((error as DecodeError).message), fail);
          else fail(failureOf(error));
        },
        complete: () => pushing.then(() => resolve(undefined), fail),
      });
      // The abort listener goes with the signal, which lives as long as the job.
      if (signal.aborted) abort();
    });
    await stream.end();
    return { durationMs: durationMs(), ...(note !== undefined && { note }) };
  } catch (error) {
    isOver = true;
    // Not awaited: what is at fault may be an engine that never answers.
    stream.cancel();
    throw error;
  }
}

async function push(stream: EngineStream, data: Buffer): Promise<void> {
  const samples = new Int16Array(data.length / 2);
  data.copy(new Uint8Array(samples.buffer));
  await stream.push(samples);
  // The engine may work in this thread: streams and requests have their turn between two chunks.
  await immediate();
}

/** What a tenant may know of why a recording can't be decoded: nothing of paths and programs. */
function failureOf(error: unknown): unknown {
  if (!isBehavioralSignalsError(error)) return error;
  const { code, message } = error;
  if (code === 'FFMPEG_NOT_FOUND' || code === 'DECODER_UNAVAILABLE') {
    return new JobFailure('Recordings of this format need ffmpeg, which the service does not have; send WAV or MP3.');
  }
  if (code === 'FFMPEG_FAILED') return new JobFailure('The recording is damaged or of a kind that ffmpeg can not decode.');
  return 'byteOffset' in error ? new JobFailure(`The recording can't be decoded (${code}): ${message}`) : error;
}
