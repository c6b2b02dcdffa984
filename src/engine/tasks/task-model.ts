import type { SpeakerBaseline } from '../features/speaker-baseline.js';
import type { SpeechEvidence } from '../features/speech-evidence.js';

/** What a task may look at beside the evidence of the stretch it judges. */
export interface TaskContext {
  /** What the stream's speaker was like so far, this stretch included. */
  baseline: SpeakerBaseline;
  /** The user's language, as a lower-case ISO 639-1 code. */
  language: string;
}

/** A task's answer: a distribution over labels, or one score. */
export type TaskAnswer =
  | {
      kind: 'labels';
      /** By label, in the model's order; they sum to 1. */
      posteriors: readonly number[];
      /** The label the model stands by; empty when it makes no claim. */
      finalLabel: string;
    }
  | { kind: 'score' /** 0 to 1. */; score: number };

/** What docs/model-card.md says of a task; each text is one or more whole sentences unless it says otherwise. */
export interface TaskCard {
  /** How far the answer may be trusted: `claim` is measured, `weak` an indicator that says something only when it is far from its prior. */
  standing: 'claim' | 'weak' | 'not assessed';
  /** What is measured, and how. */
  measures: string;
  /** Probabilities by label before anything is heard, in the model's order; empty for a score. */
  prior: readonly number[];
  /** No posterior is higher. */
  cap: number;
  /** What it takes to answer more than the prior. */
  evidence: string;
  /** What can be expected on real speech. */
  expect: string;
  /** Author, year and what was taken from them. */
  sources: readonly string[];
  /** What the answer is good for. */
  use: string;
  /** What it must not be used for. */
  avoid: string;
}

/** One question about a stretch of speech, and how it is answered. One small module each. */
export interface TaskModel {
  /** Its name on the wire. */
  readonly task: string;
  /** Its labels on the wire, in a fixed order; empty for a score. */
  readonly labels: readonly string[];
  /** What the model card says of it. */
  readonly card: TaskCard;
  /** Answers from the evidence of a segment or an utterance. */
  answer(evidence: SpeechEvidence, context: TaskContext): TaskAnswer;
}
