import type { StreamResultJson } from '../../predictions/index.js';
import type { StreamConfig } from '../script/stream-config.js';
import type { StreamingMethod } from '../wire/audio-messages.js';
import type { GrpcStatus } from '../wire/grpc-status.js';

/** First line of a recorded session. */
export interface RecordedHeader {
  /** What the file is. */
  readonly type: 'recorded-session';
  /** Of the format. */
  readonly version: 1;
}

/** What all other lines have. */
export interface RecordedOfCall<Type extends string> {
  /** What is told. */
  readonly type: Type;
  /** The call it belongs to, counted from 0. */
  readonly call: number;
}

/** How far the client's audio had come when something happened. */
export interface RecordedPlace {
  /** Samples that the client had sent in this call. */
  readonly sentSamples: number;
  /** Whether it had ended its audio. */
  readonly audioEnded: boolean;
}

/** A call was made. */
export interface RecordedCall extends RecordedOfCall<'call'> {
  /** Which of the two methods was called. */
  readonly method: StreamingMethod;
}

/** The first message came. */
export interface RecordedConfig extends RecordedOfCall<'config'> {
  /** What the call asked for. */
  readonly config: StreamConfig;
}

/** The service began to answer. */
export interface RecordedAnswer extends RecordedOfCall<'answer'> {
  /** The engine's name, where the service gave one. */
  readonly engine?: string;
}

/** Audio, when it was asked for. */
export interface RecordedAudio extends RecordedOfCall<'audio'> {
  /** Samples of the call before it. */
  readonly fromSample: number;
  /** 16-bit samples, base64. */
  readonly pcm: string;
}

/** The client ended its audio. */
export interface RecordedAudioEnd extends RecordedOfCall<'audio-end'> {
  /** Samples of the call by then. */
  readonly sentSamples: number;
}

/** A message of results came. */
export interface RecordedResult extends RecordedOfCall<'result'>, RecordedPlace {
  /** In the documented JSON form. */
  readonly result: StreamResultJson;
}

/** The call is over. */
export interface RecordedEnd extends RecordedOfCall<'end'>, RecordedPlace {
  /** How the service ended it; `CANCELLED` too when the client left. */
  readonly status: GrpcStatus;
  /** The status's text, where there was one. */
  readonly details?: string;
  /** Who ended it: the service with its status, or the client. */
  readonly by: 'service' | 'client';
}

/** A line that belongs to a call. */
export type RecordedCallEntry =
  | RecordedCall
  | RecordedConfig
  | RecordedAnswer
  | RecordedAudio
  | RecordedAudioEnd
  | RecordedResult
  | RecordedEnd;

/** One line of a recorded session, which is a file of JSON objects, one a line. */
export type RecordedEntry = RecordedHeader | RecordedCallEntry;
