import { parseEmbedding, printEmbedding } from './embedding-text.js';
import type { LabelPosterior, TaskPrediction } from './prediction.js';
import type { JsonValue, LabelJson, RawFields, ResultJson } from './stream-result-json.js';
import { parseNumber, printNumber, printSeconds } from './wire-number.js';

/** What a row says beside its task's answer. */
export interface RowPlace {
  readonly id: string;
  readonly task: string;
  readonly level: string;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
}

/** Reads a row of results into its task's typed answer, keeping the text of whatever would not print back the same. */
export function parseRow(row: ResultJson, place: RowPlace): TaskPrediction {
  const predictions = (Array.isArray(row.prediction) ? row.prediction : []).filter(isEntry).map(parseLabel);
  const label = nonEmpty(row.finalLabel);
  const top = topOf(predictions);
  const score = predictions.find((entry) => entry.score !== undefined)?.score;
  const embedding = parseEmbedding(row.embedding);
  const task: TaskPrediction = {
    ...(label === undefined ? undefined : { label }),
    ...(top && { top }),
    predictions,
    ...(score === undefined ? undefined : { score }),
    ...(embedding && { embedding }),
  };
  const { prediction: _, ...fields } = row;
  return withRaw(task, fields, printRowFields(task, place));
}

/** Prints a task's answer as a row of results. */
export function printRow(task: TaskPrediction, place: RowPlace): ResultJson {
  const { finalLabel, level, embedding, st, et, ...head } = printRowFields(task, place);
  const prediction = task.predictions.map((entry) => ({ ...printLabel(entry), ...entry.raw }));
  return { ...head, prediction, finalLabel, level, embedding, st, et, ...task.raw } as ResultJson;
}

function printRowFields(task: TaskPrediction, place: RowPlace): Omit<ResultJson, 'prediction' | 'level'> & { level: string } {
  return {
    id: place.id,
    startTime: place.startTime === undefined ? '' : printSeconds(place.startTime),
    endTime: place.endTime === undefined ? '' : printSeconds(place.endTime),
    task: place.task,
    finalLabel: task.label ?? '',
    level: place.level,
    embedding: task.embedding ? printEmbedding(task.embedding) : '',
    st: place.startTime ?? null,
    et: place.endTime ?? null,
  };
}

function parseLabel(entry: LabelJson): LabelPosterior {
  const label = nonEmpty(entry.label);
  const [posterior, logit, score] = [parseNumber(entry.posterior), parseNumber(entry.logit), parseNumber(entry.score)];
  const parsed: LabelPosterior = {
    ...(label === undefined ? undefined : { label }),
    ...(posterior === undefined ? undefined : { posterior }),
    ...(logit === undefined ? undefined : { logit }),
    ...(score === undefined ? undefined : { score }),
    dominantInSegments: isIndices(entry.dominantInSegments) ? [...entry.dominantInSegments] : null,
  };
  return withRaw(parsed, entry, printLabel(parsed));
}

function printLabel(entry: LabelPosterior): LabelJson {
  return {
    label: entry.label ?? '',
    posterior: entry.posterior === undefined ? '' : printNumber(entry.posterior),
    ...(entry.logit === undefined ? undefined : { logit: printNumber(entry.logit) }),
    ...(entry.score === undefined ? undefined : { score: printNumber(entry.score) }),
    dominantInSegments: entry.dominantInSegments,
  };
}

function topOf(predictions: readonly LabelPosterior[]): TaskPrediction['top'] {
  let top: { label: string; posterior: number } | undefined;
  for (const { label, posterior } of predictions) {
    if (label !== undefined && posterior !== undefined && posterior > (top?.posterior ?? Number.NEGATIVE_INFINITY)) {
      top = { label, posterior };
    }
  }
  return top;
}

/** Adds the wire's fields that the printed form doesn't repeat exactly; most rows have none. */
function withRaw<Parsed extends object>(parsed: Parsed, wire: object, printed: object): Parsed {
  const differing = Object.entries(wire).filter(([name, value]) => {
    if (value === undefined) return false;
    const own = Object.hasOwn(printed, name) ? (printed as Record<string, unknown>)[name] : undefined;
    return value !== own && (typeof value !== 'object' || JSON.stringify(value) !== JSON.stringify(own));
  }) as [string, JsonValue][];
  return differing.length === 0 ? parsed : { ...parsed, raw: Object.fromEntries(differing) satisfies RawFields };
}

function isEntry(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null;
}

function nonEmpty(text: unknown): string | undefined {
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function isIndices(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((index) => Number.isInteger(index) && index >= 0);
}
