import { BatchApiError } from '../errors/index.js';
import {
  type Prediction,
  type PredictionEngine,
  parseStreamResult,
  type StreamResultJson,
  type TaskPrediction,
} from '../predictions/index.js';

/** Something that was said: the tasks that only the batch API answers, beside its times. */
export interface SpokenTurn {
  /** Where it begins in the recording, in milliseconds. */
  readonly startMs: number;
  /** Where it ends in the recording, in milliseconds. */
  readonly endMs: number;
  /** For instance `SPEAKER_00`; absent without diarization. */
  readonly speaker?: string;
  /** What was said; absent without speech recognition. */
  readonly text?: string;
  /** An ISO language code; absent where none was recognised. */
  readonly language?: string;
  /** What made synthetic speech, for instance `elevenlabs`; only where that was asked for and the speech is `spoofed`. */
  readonly generator?: string;
}

/** The results of a process. */
export interface BatchResults {
  /** The process, as text because it is a 64-bit number. */
  readonly pid: string;
  /** The project, as text because it is a 64-bit number. */
  readonly cid: string;
  /** In the same model as those of streaming, in the service's order; `tasks` has asr, language, diarization and generator, too. */
  readonly predictions: readonly Prediction[];
  /** Utterances with a speaker, text, language or generator, by their time; empty where the service answered none of them. */
  readonly turns: readonly SpokenTurn[];
}

/** The results of a video: those of its sound, and those of its picture. */
export interface VideoResults {
  /** The process, as text because it is a 64-bit number. */
  readonly pid: string;
  /** The project, as text because it is a 64-bit number. */
  readonly cid: string;
  /** Whether what is heard is genuine, with the task `deepfake`. */
  readonly audio: readonly Prediction[];
  /** Whether what is seen is genuine, with the task `visual_deepfake`. */
  readonly video: readonly Prediction[];
}

/** Results as the service's documentation shows them; of a video, the rows are split. */
export interface BatchResultsJson {
  /** The process. */
  readonly pid: number | string;
  /** The project. */
  readonly cid: number | string;
  /** The service's own number for how it went. */
  readonly code?: number | string | null;
  /** The service's own text for how it went. */
  readonly message?: string | null;
  /** One for each task of each segment or utterance. */
  readonly results?: StreamResultJson['results'];
  /** Of a video: what is heard. */
  readonly audio_results?: StreamResultJson['results'];
  /** Of a video: what is seen. */
  readonly video_results?: StreamResultJson['results'];
}

/**
 * Reads results into typed predictions.
 *
 * @throws BatchApiError `INVALID_RESPONSE` for JSON that has none, not even an empty list.
 */
export function parseResults(json: BatchResultsJson, pid: string, engine: PredictionEngine): BatchResults {
  expectRows(json, pid, json.results);
  const predictions = parseRows(json, json.results, pid, engine);
  return { pid, cid: String(json.cid ?? ''), predictions, turns: turnsOf(predictions) };
}

/**
 * Reads the results of a video into typed predictions.
 *
 * @throws BatchApiError `INVALID_RESPONSE` for JSON that has none of either kind, not even an empty list.
 */
export function parseVideoResults(json: BatchResultsJson, pid: string, engine: PredictionEngine): VideoResults {
  expectRows(json, pid, json.audio_results, json.video_results);
  return {
    pid,
    cid: String(json.cid ?? ''),
    audio: parseRows(json, json.audio_results, pid, engine),
    video: parseRows(json, json.video_results, pid, engine),
  };
}

/** An error that came as a success must not look like a recording without speech. */
function expectRows({ code }: BatchResultsJson, pid: string, ...lists: readonly unknown[]): void {
  const isEmpty = lists.every((rows) => !Array.isArray(rows) || rows.length === 0);
  const isError = isEmpty && Number(code ?? 0) >= 400;
  if (!isError && lists.some((rows) => rows === null || Array.isArray(rows))) return;
  const said = isError ? `, but the code ${code}` : '';
  const why = `The service answered with JSON that has no results of process ${pid}${said}`;
  throw new BatchApiError('INVALID_RESPONSE', why, { pid, statusCode: 200 });
}

function parseRows(
  json: BatchResultsJson,
  results: BatchResultsJson['results'],
  pid: string,
  engine: PredictionEngine,
): Prediction[] {
  return parseStreamResult({ pid: json.pid ?? pid, cid: json.cid, message_id: 0, results: results ?? [] }, { engine });
}

function turnsOf(predictions: readonly Prediction[]): SpokenTurn[] {
  return predictions
    .filter(({ level }) => level === 'utterance')
    .map(({ startMs, endMs, tasks }) => ({
      startMs,
      endMs,
      ...field('speaker', tasks.diarization),
      ...field('text', tasks.asr),
      ...field('language', tasks.language),
      ...field('generator', tasks.generator),
    }))
    .filter((turn) => Object.keys(turn).length > 2)
    .sort((a, b) => a.startMs - b.startMs);
}

/** Such tasks have one answer; where it isn't also the final label, it is the only one of the list. */
function field<Name extends keyof SpokenTurn>(name: Name, answer: TaskPrediction | undefined): { [Key in Name]?: string } {
  const label = answer?.label ?? answer?.predictions[0]?.label;
  return label === undefined ? {} : ({ [name]: label } as { [Key in Name]: string });
}
