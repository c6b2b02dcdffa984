import type { Level } from '../predictions/index.js';

/**
 * The contract between the local service and whatever measures the audio for it.
 *
 * An engine is shared by all streams of a service; each stream of audio gets an {@link EngineStream} of its own.
 */
export interface Engine {
  /** Named in the service's initial metadata, for instance `local-dsp/1 vad=light`. */
  readonly name: string;
  /** Opens the analysis of one mono stream. */
  open(options: EngineStreamOptions): EngineStream;
  /** Frees models, threads and memory; open streams must be ended or cancelled first. The promise, if any, settles when nothing is left. */
  close(): void | Promise<void>;
}

/** What a stream is to be analysed for. */
export interface EngineStreamOptions {
  /** Of the pushed audio, in Hz, 4,000 to 384,000. The engine works at 16 kHz. */
  sampleRate: number;
  /** Which questions to answer: behaviour, or deepfake detection. */
  analysis: 'behavior' | 'deepfake';
  /** Which results to emit. Default: both. */
  level?: Level;
  /** Also give logits. Default: false. */
  logits?: boolean;
  /** Also give the features' embedding. Default: false. */
  embeddings?: boolean;
  /** Called for each result as soon as it is known, in order of emission. */
  onResult: (result: EngineResult) => void;
  /** Called once when the analysis has failed while no promise of the stream was pending; the stream is over then. */
  onError?: ((error: Error) => void) | undefined;
}

/** The analysis of one stream. Any chunking of the same audio gives the same results. */
export interface EngineStream {
  /**
   * Analyses more audio: mono signed 16-bit samples. They are not kept beyond the promise.
   *
   * The promise, when there is one, settles once more audio is welcome; push no more before it does.
   */
  push(samples: Int16Array): void | Promise<void>;
  /** Ends the audio: closes an open utterance, and resolves after the last result. */
  end(): void | Promise<void>;
  /** Abandons the analysis; no result follows. */
  cancel(): void;
}

/** All answers for one segment or utterance. */
export interface EngineResult {
  /** The utterance's number as text; its segments carry the same. */
  id: string;
  /** Whether it is 2 s of speech or a whole utterance. */
  level: Level;
  /** Seconds from the start of the stream. */
  startTime: number;
  /** Seconds from the start of the stream. */
  endTime: number;
  /** One for each task that was answered. */
  tasks: TaskResult[];
}

/** One task's answer, in the terms of the wire format. */
export interface TaskResult {
  /** Its wire name, for instance `speaking_rate`. */
  task: string;
  /** Best first. */
  predictions: LabelResult[];
  /** The label the engine stands by; empty when it makes no claim. */
  finalLabel: string;
  /** The feature vector of the `features` task, when embeddings were asked for. */
  embedding?: readonly number[];
}

/** One label's standing within a {@link TaskResult}. */
export interface LabelResult {
  /** Absent on continuous tasks. */
  label?: string;
  /** Probability, 0 to 1; absent on continuous tasks. */
  posterior?: number;
  /** Only when logits were asked for. */
  logit?: number;
  /** The answer of a continuous task (intensity), 0 to 1. */
  score?: number;
  /** On utterances: zero-based indices of the segments in which this label is the top one; null where that doesn't apply. */
  dominantInSegments?: number[] | null;
}
