import type {
  AgeLabel,
  DeepfakeLabel,
  EmotionLabel,
  EngagementLabel,
  GenderLabel,
  GeneratorLabel,
  HesitationLabel,
  PolitenessLabel,
  PositivityLabel,
  SpeakingRateLabel,
  StrengthLabel,
} from './labels.js';
import type { RawFields } from './stream-result-json.js';

/** Segments are 2 s of continuous speech; utterances are whole units of speech bounded by silence or a change of speaker. */
export type Level = 'segment' | 'utterance';

/** Whether the local service answered, or a remote one. */
export type PredictionEngine = 'local' | 'remote';

/** One label's standing within a task. What the service did not say, or said unreadably, is absent. */
export interface LabelPosterior<Label extends string = string> {
  /** For instance `angry`; absent on continuous tasks. */
  readonly label?: Label;
  /** Probability, 0 to 1. */
  readonly posterior?: number;
  /** Only when logits were asked for. */
  readonly logit?: number;
  /** Of tasks with a continuous answer instead of labels (intensity), 0 to 1. */
  readonly score?: number;
  /** On utterances: zero-based indices of the segments in which this label dominates. Always null over gRPC, which doesn't carry it. */
  readonly dominantInSegments: readonly number[] | null;
  /** Text of the wire that the fields above don't print back to. */
  readonly raw?: RawFields;
}

/** One task's answer for one segment or utterance. */
export interface TaskPrediction<Label extends string = string> {
  /** The service's final label; absent when it gave none, which is "no claim", not "the first one". */
  readonly label?: Label;
  /** The label with the highest posterior, claimed or not; absent when no label has a posterior. */
  readonly top?: {
    /** For instance `angry`. */
    readonly label: Label;
    /** Probability, 0 to 1. */
    readonly posterior: number;
  };
  /** As the service ordered them: best first. */
  readonly predictions: readonly LabelPosterior<Label>[];
  /** The answer of a continuous task (intensity), 0 to 1. */
  readonly score?: number;
  /** Feature vector, where it was asked for. Embeddings of a voice are biometric data. */
  readonly embedding?: readonly number[];
  /** Text of the wire that the fields above don't print back to. */
  readonly raw?: RawFields;
}

/** The tasks of one prediction by their wire names; tasks this library doesn't know are there too, with plain string labels. */
export interface PredictionTasks {
  /** `male` or `female`, as the voice sounds: acoustic, not actual, gender. */
  readonly gender?: TaskPrediction<GenderLabel>;
  /** As the voice sounds, in brackets of years such as `31 - 45`. */
  readonly age?: TaskPrediction<AgeLabel>;
  /** As perceived: `neutral`, `sad`, `happy` or `angry`. */
  readonly emotion?: TaskPrediction<EmotionLabel>;
  /** Valence as perceived: `negative`, `neutral` or `positive`. */
  readonly positivity?: TaskPrediction<PositivityLabel>;
  /** Arousal as perceived: `weak`, `neutral` or `strong`. */
  readonly strength?: TaskPrediction<StrengthLabel>;
  /** `very slow`, `slow`, `normal`, `fast` or `very fast`. */
  readonly speaking_rate?: TaskPrediction<SpeakingRateLabel>;
  /** Whether the speaker hesitates, `no` or `yes`. */
  readonly hesitation?: TaskPrediction<HesitationLabel>;
  /** As perceived: `withdrawn`, `neutral` or `engaged`. */
  readonly engagement?: TaskPrediction<EngagementLabel>;
  /** As perceived: `rude`, `normal` or `polite`; an older task whose labels are not confirmed. */
  readonly politeness?: TaskPrediction<PolitenessLabel>;
  /** No label: see `score`. */
  readonly intensity?: TaskPrediction;
  /** No label: see `embedding`. */
  readonly features?: TaskPrediction;
  /** Whether the speech is genuine (`bonafide`) or synthetic (`spoofed`); only of `detectDeepfakes()`. */
  readonly deepfake?: TaskPrediction<DeepfakeLabel>;
  /** Batch only: whether the face in a video is genuine (`bonafide`) or synthetic (`spoofed`). */
  readonly visual_deepfake?: TaskPrediction<DeepfakeLabel>;
  /** Batch only: what made synthetic speech, for instance `elevenlabs`; only beside a `spoofed` deepfake. */
  readonly generator?: TaskPrediction<GeneratorLabel>;
  /** Batch only: `SPEAKER_00` and so on. */
  readonly diarization?: TaskPrediction;
  /** Batch only: the label is the text that was said. */
  readonly asr?: TaskPrediction;
  /** Batch only: the label is an ISO language code. */
  readonly language?: TaskPrediction;
  readonly [task: string]: TaskPrediction | undefined;
}

/** The tasks this library has label types for. */
export type KnownTask = keyof {
  [Name in keyof PredictionTasks as string extends Name ? never : Name]: true;
};

/** A task's wire name: a known one, or any other. */
export type TaskName = KnownTask | (string & {});

interface PredictionFields {
  /** Identifies the segment or utterance within the session, over reconnects too; revisions of it share the key. */
  readonly key: string;
  /** Counts up each time the same key comes again with more or other tasks; from 0. A revision holds all tasks known so far. */
  readonly revision: number;
  /** Number of the server call within the session, from 0. */
  readonly epoch: number;
  /** The wire's id: an utterance and its segments share one. Unique within one server call only. */
  readonly id: string;
  /** The service's process id of this stream, as text because it is a 64-bit number. */
  readonly pid: string;
  /** The project, as text because it is a 64-bit number. */
  readonly cid?: string;
  /** Number of the message that carried it, within the server call. */
  readonly messageId: number;
  /** Position on the source's timeline in milliseconds. A result without a readable time is placed where the previous one ended. */
  readonly startMs: number;
  /**
   * Position on the source's timeline in milliseconds. Where one source follows another in a session, as with `concat()`, an utterance
   * across both ends on the timeline of the second, so that this can be less than `startMs`.
   */
  readonly endMs: number;
  /** The wire's own seconds, counted from the start of the server call; absent when unreadable. */
  readonly startTime?: number;
  /** The wire's own seconds, counted from the start of the server call; absent when unreadable. */
  readonly endTime?: number;
  /** When the speech began, in milliseconds since the Unix epoch; absent for audio that isn't live or paced. */
  readonly wallMs?: number | undefined;
  /** From the capture (or the sending) of the last sample to the arrival of the result; absent for audio that isn't live or paced. */
  readonly latencyMs?: number | undefined;
  /** Who measured the audio: the local service's signal processing, or the models of a remote one. */
  readonly engine: PredictionEngine;
  /** The answers by task, for instance `tasks.emotion?.label`; a task that was not answered is absent. */
  readonly tasks: PredictionTasks;
}

/** Predictions for 2 s of continuous speech. */
export interface SegmentPrediction extends PredictionFields {
  /** Tells it from an {@link UtterancePrediction}. */
  readonly level: 'segment';
}

/** Predictions for a whole utterance. */
export interface UtterancePrediction extends PredictionFields {
  /** Tells it from a {@link SegmentPrediction}. */
  readonly level: 'utterance';
}

/**
 * All answers one message gave for one segment or utterance, discriminated on `level`.
 *
 * Plain data: it survives `JSON.stringify` and `JSON.parse` unchanged.
 */
export type Prediction = SegmentPrediction | UtterancePrediction;

/** A prediction that is known to have an answer for the task. */
export type WithTask<P extends Prediction, Name extends TaskName> = P extends Prediction
  ? P & {
      /** The answers by task; that of the task `Name` is defined. */
      readonly tasks: { readonly [Task in Name]: NonNullable<PredictionTasks[Task]> };
    }
  : never;
