import { streamingService } from './package-definition.js';

/** Tag of `AudioStream.audio_content`: field 4, length-delimited. */
const AUDIO_CONTENT_TAG = 0x22;

/**
 * Serialises `AudioStream` messages that carry audio: the credentials, which never change, once for all of them.
 *
 * protobuf.js would look at every field of every message, 50 times a second for each live stream.
 */
export class AudioMessages {
  readonly #credentials: Buffer;

  constructor(cid: string, apiKey: string) {
    this.#credentials = streamingService.StreamAudio.requestSerialize({ cid, xAuthToken: apiKey });
  }

  /** The wire form of one message. */
  serialize(audio: Buffer): Buffer {
    const credentials = this.#credentials;
    const message = Buffer.allocUnsafe(credentials.length + 6 + audio.length);
    let at = credentials.copy(message);
    message[at++] = AUDIO_CONTENT_TAG;
    let length = audio.length;
    for (; length > 0x7f; length >>>= 7) message[at++] = (length & 0x7f) | 0x80;
    message[at++] = length;
    at += audio.copy(message, at);
    return message.subarray(0, at);
  }
}
