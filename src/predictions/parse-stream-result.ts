import { inferLevel } from './infer-level.js';
import type { Level, Prediction, PredictionEngine, TaskPrediction } from './prediction.js';
import { parseRow, type RowPlace } from './result-row.js';
import type { ResultJson, StreamResultJson } from './stream-result-json.js';
import { parseNumber, parseSeconds } from './wire-number.js';
import { asText, toJsonInteger } from './wire-text.js';

/** Where a result lies on the source's timeline. */
export interface PredictionPlace {
  /** Where it begins, in milliseconds. */
  readonly startMs: number;
  /** Where it ends, in milliseconds. */
  readonly endMs: number;
  /** When the speech began, in milliseconds since the Unix epoch, where that is known. */
  readonly wallMs?: number | undefined;
  /** How long after its last sample the result came, in milliseconds, where that is known. */
  readonly latencyMs?: number | undefined;
}

/** What a message doesn't say about itself. */
export interface ParseContext {
  /** Number of the server call within the session. Default: 0. */
  readonly epoch?: number | undefined;
  /** Default: `remote`. */
  readonly engine?: PredictionEngine | undefined;
  /** The only level that was asked for, where it was one; decides for rows that don't name theirs. */
  readonly level?: Level | undefined;
  /** Places the server's seconds on the source's timeline. Default: they are the source's. */
  readonly locate?: ((startTime: number, endTime: number) => PredictionPlace) | undefined;
}

/** Places the server's seconds on a source that was sent from its start, without gaps, over one call. */
const locateIdentically = (startTime: number, endTime: number): PredictionPlace => ({
  startMs: toMs(startTime),
  endMs: toMs(endTime),
});

/**
 * Reads one message in the documented JSON form into predictions: one for each (level, id, start, end) in it.
 *
 * Knows of this message only: {@link PredictionAssembler} is what joins messages. A task given twice for the same key makes a
 * second prediction, a revision of the first, so that nothing is dropped. Never throws on a message of the wrong shape: what is missing or
 * unreadable is absent from the result, and rows that aren't objects are passed over.
 */
export function parseStreamResult(json: StreamResultJson, context: ParseContext = {}): Prediction[] {
  const groups: Group[] = [];
  const byKey = new Map<string, Group>();
  for (const row of Array.isArray(json.results) ? (json.results as readonly ResultJson[]) : []) {
    if (typeof row !== 'object' || row === null) continue;
    const place = placeOf(row, context.level);
    const key = keyOf(context.epoch ?? 0, place, row);
    let group = byKey.get(key);
    if (!group || group.tasks.has(place.task)) {
      group = { key, place, tasks: new Map(), revision: group ? group.revision + 1 : 0 };
      groups.push(group);
      byKey.set(key, group);
    }
    group.tasks.set(place.task, parseRow(row, place));
  }
  let lastEndMs = 0;
  return groups.map((group) => {
    const prediction = toPrediction(json, group, context, lastEndMs);
    lastEndMs = prediction.endMs;
    return prediction;
  });
}

interface Group {
  key: string;
  place: RowPlace & { level: Level };
  tasks: Map<string, TaskPrediction>;
  revision: number;
}

function placeOf(row: ResultJson, asked: Level | undefined): Group['place'] {
  const startTime = parseSeconds(row.startTime) ?? parseSeconds(row.st);
  const endTime = parseSeconds(row.endTime) ?? parseSeconds(row.et);
  const level = inferLevel(row.level, asked, startTime, endTime);
  return { id: asText(row.id), task: asText(row.task), level, startTime, endTime };
}

/** Unreadable times take part as their text, so that different ones stay apart. */
function keyOf(epoch: number, place: Group['place'], row: ResultJson): string {
  const span = `${place.startTime ?? asText(row.startTime)}-${place.endTime ?? asText(row.endTime)}`;
  return `${epoch}/${place.level}/${place.id}/${span}`;
}

function toPrediction(json: StreamResultJson, group: Group, context: ParseContext, lastEndMs: number): Prediction {
  const { id, level, startTime, endTime } = group.place;
  const from = startTime ?? endTime;
  const located =
    from === undefined ? { startMs: lastEndMs, endMs: lastEndMs } : (context.locate ?? locateIdentically)(from, endTime ?? from);
  return {
    key: group.key,
    revision: group.revision,
    epoch: context.epoch ?? 0,
    level,
    id,
    pid: String(toJsonInteger(json.pid)),
    ...(json.cid === undefined || json.cid === null ? undefined : { cid: asText(json.cid) }),
    messageId: parseNumber(json.message_id) ?? 0,
    startMs: located.startMs,
    endMs: located.endMs,
    ...(startTime === undefined ? undefined : { startTime }),
    ...(endTime === undefined ? undefined : { endTime }),
    ...(located.wallMs === undefined ? undefined : { wallMs: located.wallMs }),
    ...(located.latencyMs === undefined ? undefined : { latencyMs: located.latencyMs }),
    engine: context.engine ?? 'remote',
    // From entries, so that a task of any name, `__proto__` included, becomes a plain property.
    tasks: Object.fromEntries(group.tasks),
  };
}

/** Free of the noise of binary fractions: 0.487 s is 487 ms. */
function toMs(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}
