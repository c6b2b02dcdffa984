import type { LabelJson, ResultJson, StreamResultJson } from './stream-result-json.js';
import type { InferenceResultMessage, LabelMessage, StreamResultMessage } from './stream-result-message.js';
import { parseNumber } from './wire-number.js';
import { asText, toJsonInteger } from './wire-text.js';

/**
 * Turns a gRPC message into the JSON form that the service's documentation shows.
 *
 * The wire has no `dominantInSegments` (it becomes null) and no `st` and `et` (they are read from the times). Never throws: what
 * is missing becomes the protobuf default, an empty text or 0; a missing `level` stays missing.
 */
export function toResultJson(message: StreamResultMessage): StreamResultJson {
  const rows = Array.isArray(message.result) ? message.result : [];
  return {
    pid: toJsonInteger(message.pid),
    cid: toJsonInteger(message.cid),
    message_id: parseNumber(message.messageId) ?? 0,
    results: rows.filter(isObject).map(resultJson),
  };
}

function resultJson(row: InferenceResultMessage): ResultJson {
  const startTime = asText(row.startTime);
  const endTime = asText(row.endTime);
  return {
    id: asText(row.id),
    startTime,
    endTime,
    task: asText(row.task),
    prediction: (Array.isArray(row.prediction) ? row.prediction : []).filter(isObject).map(labelJson),
    finalLabel: asText(row.finalLabel),
    ...(row.level === undefined || row.level === null ? undefined : { level: levelName(row.level) }),
    embedding: asText(row.embedding),
    st: parseNumber(startTime) ?? null,
    et: parseNumber(endTime) ?? null,
  };
}

function labelJson(entry: LabelMessage): LabelJson {
  return {
    label: asText(entry.label),
    posterior: asText(entry.posterior),
    ...(typeof entry.logit === 'string' ? { logit: entry.logit } : undefined),
    ...(typeof entry.score === 'string' ? { score: entry.score } : undefined),
    dominantInSegments: null,
  };
}

function levelName(level: string | number): string {
  if (level === 0) return 'segment';
  return level === 1 ? 'utterance' : asText(level);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
