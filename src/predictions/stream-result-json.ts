/** Anything JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** Fields of a wire row, verbatim, by their wire names: those that the typed model would print differently, and unknown ones. */
export type RawFields = { readonly [name: string]: JsonValue };

/** One label of a {@link ResultJson}; numbers are text: `"0.5481"`, `"1e-04"`, `"1.0"`, `""` for none. */
export interface LabelJson {
  /** Empty, or null over REST, when the task has no labels. */
  label: string | null;
  /** Probability, 0 to 1; empty, or null over REST, when there is none. */
  posterior: string | null;
  /** Only when logits were asked for. */
  logit?: string | null;
  /** Only on continuous tasks (intensity). */
  score?: string | null;
  /** Indices of segments on utterances, null on segments, and always null over gRPC. */
  dominantInSegments: readonly number[] | null;
}

/** One task's answer for one segment or utterance, as the service's documentation shows it. */
export interface ResultJson {
  /** The segment's or utterance's; an utterance and its segments share one. */
  id: string;
  /** Seconds as text, from the start of the stream. */
  startTime: string;
  /** Seconds as text, from the start of the stream. */
  endTime: string;
  /** For instance `emotion`. */
  task: string;
  /** The labels, best first; one entry without a label on continuous tasks. */
  prediction: readonly LabelJson[];
  /** Empty when the service makes no claim. */
  finalLabel: string | null;
  /** `segment` or `utterance`; missing from messages of services that leave it out. */
  level?: string;
  /** A JSON array of numbers as text; empty for none. */
  embedding: string | null;
  /** `startTime` as a number; null when unreadable. */
  st: number | null;
  /** `endTime` as a number; null when unreadable. */
  et: number | null;
}

/** One message of results in the JSON form that the service's documentation shows. */
export interface StreamResultJson {
  /** The service's process ID of this stream: a number, or text where a number could not hold it. */
  pid: number | string;
  /** The project's ID: a number, or text where a number could not hold it. */
  cid: number | string;
  /** Counts up within the stream. */
  message_id: number;
  /** One for each task of each segment or utterance. */
  results: readonly ResultJson[];
}
