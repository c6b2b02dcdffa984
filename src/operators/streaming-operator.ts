import { Observable, type OperatorFunction } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import { type Analysis, resolveSettings, Session, type StreamingOptions } from '../grpc/index.js';
import type { Prediction } from '../predictions/index.js';
import { expectChunk } from './expect-chunk.js';

/** Builds the operator for one of the service's two methods; every subscription gets a session of its own. */
export function streamingOperator(
  name: string,
  analysis: Analysis,
  options: StreamingOptions,
): OperatorFunction<AudioChunk<Pcm<'s16le', 1>>, Prediction> {
  const settings = resolveSettings(name, analysis, options);
  const operator = `${name}()`;
  return (input) =>
    new Observable<Prediction>((subscriber) => {
      const session = new Session(settings, subscriber);
      subscriber.add(() => session.cancel());
      subscriber.add(
        input.subscribe({
          next: (chunk) => {
            try {
              expectChunk(chunk, { operator, encoding: 's16le', channels: 1 });
              session.write(chunk);
            } catch (error) {
              session.cancel();
              subscriber.error(error);
            }
          },
          complete: () => session.end(),
          error: (error) => session.endWithError(error),
        }),
      );
    });
}
