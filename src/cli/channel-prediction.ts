import type { Prediction, StreamResultJson } from '../index.js';

/** A channel's number, or all of them mixed into one. */
export type ChannelName = number | 'mix';

/** Who speaks: a channel of the input, or a leg of a call by its name. */
export type SpeakerName = ChannelName | (string & {});

/** A prediction, and the channel of the input, or the leg, it is about. */
export interface ChannelPrediction {
  readonly channel: SpeakerName;
  readonly prediction: Prediction;
}

/** A whole message of the service in the documented JSON form; it follows the first of the predictions that were read from it. */
export interface ChannelMessage {
  readonly channel: ChannelName;
  readonly message: StreamResultJson;
}
