import { Observable, type OperatorFunction, type Subscription } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import { type Analysis, resolveSettings, Session, type StreamingOptions } from '../grpc/index.js';
import type { Prediction } from '../predictions/index.js';
import { expectChunk } from './expect-chunk.js';
import { untilClosed } from './until-closed.js';

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
      let refused = false;
      let upstream: Subscription | undefined;
      const letGo = () => {
        refused = true;
        upstream?.unsubscribe();
      };
      const session = new Session(settings, {
        next: (prediction) => subscriber.next(prediction),
        enough: letGo,
        complete: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
      });
      subscriber.add(() => {
        // First: the session lets go of the source, which would go on decoding for nobody.
        upstream?.unsubscribe();
        session.cancel();
      });
      upstream = input.pipe(untilClosed(subscriber)).subscribe({
        next: (chunk) => {
          if (refused) return;
          try {
            expectChunk(chunk, { operator, encoding: 's16le', channels: 1 });
          } catch (error) {
            // Like an error of the audio: the results of what was sent come first.
            letGo();
            session.endWithError(error);
            return;
          }
          session.write(chunk);
        },
        complete: () => session.end(),
        error: (error) => session.endWithError(error),
      });
      if (refused || subscriber.closed) upstream.unsubscribe();
    });
}
