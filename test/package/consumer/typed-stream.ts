// The same program as stream-recordings.mjs with the types a user would write; tsc compiles it against the installed package, both as ESM
// and as CommonJS, which is why it says nothing at its top level.
import {
  type AudioChunk,
  behavioralSignals,
  chunk,
  decode,
  fromFile,
  type Pcm,
  type Prediction,
  resample,
  type StreamEvent,
  toPcm16le,
} from 'behavioral-signals-rx';
import { parseStreamResult } from 'behavioral-signals-rx/predictions';
import { type LocalConnection, startLocalService } from 'behavioral-signals-rx/service';
import { lastValueFrom, type Observable, Subject, tap, toArray } from 'rxjs';

export async function stream(file: string, connection: LocalConnection): Promise<{ predictions: Prediction[]; sentMs: number }> {
  let samples = 0;
  const events = new Subject<StreamEvent>();
  const predictions: Observable<Prediction> = fromFile(file).pipe(
    decode(),
    resample(16_000),
    toPcm16le(),
    chunk(250),
    tap((sent: AudioChunk<Pcm<'s16le', 1>>) => {
      samples += sent.length;
    }),
    behavioralSignals({ level: 'all', events, ...connection }),
  );
  return { predictions: await lastValueFrom(predictions.pipe(toArray())), sentMs: samples / 16 };
}

export function mistakes(): void {
  // @ts-expect-error: chunks of bytes are decoded before they are resampled.
  fromFile('call.wav').pipe(resample(16_000));
  // @ts-expect-error: a level that doesn't exist.
  behavioralSignals({ level: 'paragraph' });
  // @ts-expect-error: a result of the wire has an id for its process.
  parseStreamResult({});
}

async function main(): Promise<void> {
  const service = await startLocalService({ port: 0 });
  try {
    const outcomes: unknown[] = [];
    for (const file of process.argv.slice(2)) outcomes.push(await stream(file, service.connection));
    console.log(JSON.stringify(outcomes));
  } finally {
    await service.close();
  }
}

void main();
