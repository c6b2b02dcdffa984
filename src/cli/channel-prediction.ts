import type { Prediction, StreamResultJson } from '../index.js';

/** A channel's number, or all of them mixed into one. */
export type ChannelName = number | 'mix';

/** A prediction, and the channel of the input it is about. */
export interface ChannelPrediction {
  readonly channel: ChannelName;
  readonly prediction: Prediction;
}

/** A whole message of the service in the documented JSON form; it follows the first of the predictions that were read from it. */
export interface ChannelMessage {
  readonly channel: ChannelName;
  readonly message: StreamResultJson;
}
