import { distinctUntilChanged, map, type OperatorFunction } from 'rxjs';
import { messageOf, rawResultOf } from '../grpc/index.js';
import type { Prediction, StreamResultJson } from '../predictions/index.js';

/**
 * Turns predictions back into the service's messages, in the documented JSON form, each once.
 *
 * Put it directly after `behavioralSignals()`: a message can hold several predictions, of which the first stands for all. A prediction
 * that was copied on the way (`{ ...prediction }`) is no longer known to be part of a message and is printed by itself.
 *
 * @example
 * audio$.pipe(behavioralSignals(), rawResults()).subscribe((message) => console.log(JSON.stringify(message)));
 */
export function rawResults(): OperatorFunction<Prediction, StreamResultJson> {
  return (predictions) =>
    predictions.pipe(
      distinctUntilChanged((previous, next) => messageOf(previous) === messageOf(next)),
      map(rawResultOf),
    );
}
