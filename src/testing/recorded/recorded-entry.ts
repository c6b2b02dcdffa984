import type { StreamResultJson } from '../../predictions/index.js';
import type { StreamConfig } from '../script/stream-config.js';
import type { StreamingMethod } from '../wire/audio-messages.js';
import type { GrpcStatus } from '../wire/grpc-status.js';

/** First line of a recorded session. */
export interface RecordedHeader {
  readonly type: 'recorded-session';
  readonly version: 1;
}

/** A call was made. */
export interface RecordedCall {
  readonly type: 'call';
  /** Counts up from 0. */
  readonly call: number;
  readonly method: StreamingMethod;
}

/** What the call asked for. */
export interface RecordedConfig {
  readonly type: 'config';
  readonly call: number;
  readonly config: StreamConfig;
}

/** The service began to answer. */
export interface RecordedAnswer {
  readonly type: 'answer';
  readonly call: number;
  /** The engine's name, where the service gave one. */
  readonly engine?: string;
}

/** Audio, when it was asked for. */
export interface RecordedAudio {
  readonly type: 'audio';
  readonly call: number;
  /** Samples of the call before it. */
  readonly fromSample: number;
  /** 16-bit samples, base64. */
  readonly pcm: string;
}

/** The client ended its audio. */
export interface RecordedAudioEnd {
  readonly type: 'audio-end';
  readonly call: number;
  /** Samples of the call by then. */
  readonly sentSamples: number;
}

/** A message of results. */
export interface RecordedResult {
  readonly type: 'result';
  readonly call: number;
  /** Samples that the client had sent by then. */
  readonly sentSamples: number;
  /** Whether it had ended its audio by then. */
  readonly audioEnded: boolean;
  readonly result: StreamResultJson;
}

/** The call is over. */
export interface RecordedEnd {
  readonly type: 'end';
  readonly call: number;
  readonly sentSamples: number;
  readonly audioEnded: boolean;
  /** How the service ended it; `CANCELLED` too when the client did, or the connection was lost. */
  readonly status: GrpcStatus;
  readonly details?: string;
  /** Who ended it: the service with its status, or the client. */
  readonly by: 'service' | 'client';
}

/** One line of a recorded session, which is a file of JSON objects, one a line. */
export type RecordedEntry =
  | RecordedHeader
  | RecordedCall
  | RecordedConfig
  | RecordedAnswer
  | RecordedAudio
  | RecordedAudioEnd
  | RecordedResult
  | RecordedEnd;

/** Entries of one call. */
export type RecordedCallEntry = Exclude<RecordedEntry, RecordedHeader>;
