import { Readable } from 'node:stream';
import { lastValueFrom, tap } from 'rxjs';
import {
  behavioralSignals,
  chunk,
  decode,
  fromReadable,
  type Prediction,
  pace,
  type StreamEvent,
  type StreamingOptions,
  toPcm16le,
} from '../../../src/index.js';

/** Raw audio as it is read, and how. */
export interface StreamedAudio {
  readonly sampleRate: number;
  /** Its bytes, 16 bit little-endian, in pieces of any length. */
  readonly bytes: () => Iterable<Uint8Array>;
  /** Times real time; as fast as the service takes it when undefined. */
  readonly speed?: number | undefined;
  /** Takes the events, which are collected when it is undefined; predictions are then the caller's to keep, too. */
  readonly onEvent?: ((event: StreamEvent) => void) | undefined;
}

/** What a session gave. */
export interface StreamedSession {
  readonly predictions: readonly Prediction[];
  readonly events: readonly StreamEvent[];
  /** The error it ended with, if it did. */
  readonly error: unknown;
}

/** Streams audio through the operators, and collects all predictions and events; never throws. */
export async function streamRecording(
  { sampleRate, bytes, speed, onEvent }: StreamedAudio,
  options: StreamingOptions,
  onPrediction: (prediction: Prediction) => void = () => {},
): Promise<StreamedSession> {
  const predictions: Prediction[] = [];
  const events: StreamEvent[] = [];
  const observer = { next: onEvent ?? ((event: StreamEvent) => void events.push(event)) };
  const audio$ = fromReadable(() => Readable.from(bytes(), { objectMode: false }), { label: 'chaos' }).pipe(
    decode({ format: { encoding: 's16le', sampleRate, channels: 1 }, events: observer }),
    toPcm16le(),
    chunk(100),
  );
  const paced$ = speed === undefined ? audio$ : audio$.pipe(pace({ speed, events: observer }));
  const predictions$ = paced$.pipe(
    behavioralSignals({ ...options, events: observer }),
    tap((prediction) => {
      if (!onEvent) predictions.push(prediction);
      onPrediction(prediction);
    }),
  );
  try {
    await lastValueFrom(predictions$, { defaultValue: undefined });
    return { predictions, events, error: undefined };
  } catch (error) {
    return { predictions, events, error };
  }
}

/** The bytes of samples, in pieces of 20 ms. */
export function* pieces(samples: Int16Array, sampleRate: number): Iterable<Uint8Array> {
  const length = sampleRate / 50;
  for (let at = 0; at < samples.length; at += length) {
    const piece = samples.subarray(at, at + length);
    yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}
