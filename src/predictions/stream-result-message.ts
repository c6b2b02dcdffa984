/** A 64-bit number as protobuf readers give it: as text, as a number, or as an object that prints as one. */
export type Int64 = string | number | { toString(): string };

/** One label of an {@link InferenceResultMessage}. */
export interface LabelMessage {
  label?: string | null;
  posterior?: string | null;
  logit?: string | null;
  score?: string | null;
}

/** One task's answer for one segment or utterance, as a protobuf reader gives it. */
export interface InferenceResultMessage {
  id?: string | null;
  startTime?: string | null;
  endTime?: string | null;
  task?: string | null;
  prediction?: readonly LabelMessage[] | null;
  finalLabel?: string | null;
  embedding?: string | null;
  level?: string | number | null;
}

/** One message of results as `@grpc/proto-loader` reads it off the wire; anything may be missing. */
export interface StreamResultMessage {
  cid?: Int64 | null;
  pid?: Int64 | null;
  messageId?: number | null;
  result?: readonly InferenceResultMessage[] | null;
}
