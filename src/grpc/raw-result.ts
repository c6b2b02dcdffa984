import { type Prediction, printStreamResult, type StreamResultJson, toResultJson } from '../predictions/index.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';

const messages = new WeakMap<Prediction, StreamResult__Output>();

/** Notes which message a prediction was read from. */
export function rememberMessage(prediction: Prediction, message: StreamResult__Output): void {
  messages.set(prediction, message);
}

/** Identifies the message that a prediction was read from; a copied prediction stands for itself. */
export function messageOf(prediction: Prediction): object {
  return messages.get(prediction) ?? prediction;
}

/** The whole message that a prediction was read from, in the documented JSON form; of a copied prediction, what it holds itself. */
export function rawResultOf(prediction: Prediction): StreamResultJson {
  const message = messages.get(prediction);
  return message ? toResultJson(message) : printStreamResult([prediction]);
}
