/** A 64-bit number as protobuf readers give it: as text, as a number, or as an object that prints as one. */
export type Int64 =
  | string
  | number
  | {
      /** Its decimal digits. */
      toString(): string;
    };

/** One label of an {@link InferenceResultMessage}. */
export interface LabelMessage {
  /** Empty on continuous tasks. */
  label?: string | null;
  /** Probability as text, 0 to 1: `0.5481`, `1e-04`. */
  posterior?: string | null;
  /** A number as text; only when logits were asked for. */
  logit?: string | null;
  /** A number as text, 0 to 1; only on continuous tasks (intensity). */
  score?: string | null;
}

/** One task's answer for one segment or utterance, as a protobuf reader gives it. */
export interface InferenceResultMessage {
  /** The segment's or utterance's; an utterance and its segments share one. */
  id?: string | null;
  /** Seconds as text, from the start of the stream: `0.487`. */
  startTime?: string | null;
  /** Seconds as text, from the start of the stream: `2.487`. */
  endTime?: string | null;
  /** For instance `emotion`. */
  task?: string | null;
  /** The labels, best first; one entry without a label on continuous tasks. */
  prediction?: readonly LabelMessage[] | null;
  /** The label after thresholding; empty when the service makes no claim. */
  finalLabel?: string | null;
  /** A JSON array of numbers as text; only of the `features` task, when embeddings were asked for. */
  embedding?: string | null;
  /** The enum as name or number: `segment` (0) or `utterance` (1). */
  level?: string | number | null;
}

/** One message of results as `@grpc/proto-loader` reads it off the wire; anything may be missing. */
export interface StreamResultMessage {
  /** The project's ID. */
  cid?: Int64 | null;
  /** The service's process ID of this stream. */
  pid?: Int64 | null;
  /** Counts up within the stream. */
  messageId?: number | null;
  /** One for each task of each segment or utterance. */
  result?: readonly InferenceResultMessage[] | null;
}
