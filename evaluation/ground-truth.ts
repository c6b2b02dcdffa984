import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Seconds in which somebody speaks. */
export interface Span {
  start: number;
  end: number;
}

/** What somebody says. */
export interface KnownUtterance extends Span {
  channel: number;
  /** Whose voice it is; voices count alike, however much they say. */
  voice?: string;
  gender?: 'male' | 'female';
  /** Syllables per second of speech. */
  syllables?: number;
  speechSeconds?: number;
}

/** What is known of one recording. */
export interface KnownRecording {
  file: string;
  kind: string;
  durationSeconds?: number;
  /** Speech by channel. */
  speech: readonly Span[][];
  utterances: readonly KnownUtterance[];
  /** Recordings of one text by one voice at different speeds share it. */
  group?: string;
  rateFactor?: number;
  /** Whether noise was added. */
  noisy: boolean;
}

export interface GroundTruth {
  recordings: KnownRecording[];
  /** Fields that are not of the documented form; what they say is not looked at. */
  unknownFields: string[];
}

/** The folder cannot be evaluated; the message says why, and what to do. */
export class GroundTruthError extends Error {}

const FILE = 'ground_truth.json';
/** Of these nothing is known that the engine could be measured by. */
const OTHER_KINDS = ['corrupt', 'format', 'live recording'];
const ITEM_FIELDS =
  'file duration sample_rate channels kind speech utterances bytes channel_names overlaps response_gaps talk_seconds note pauses_between_utterances group rate_factor change noise ffmpeg_exit decoded_seconds stderr_lines first_error';
const UTTERANCE_FIELDS =
  'channel voice engine source_kind gender gender_evidence lang rate_factor syllables text rate_setting phones speaker start end speech speech_seconds phone_start phone_end syllables_per_second words';

type Fields = Record<string, unknown>;

/**
 * Reads FOLDER/ground_truth.json.
 *
 * @throws GroundTruthError when it is missing or not of the form, or when it names files that are not there.
 */
export async function readGroundTruth(folder: string): Promise<GroundTruth> {
  const file = path.join(folder, FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new GroundTruthError(
      error.code === 'ENOENT'
        ? `There is no ${FILE} in ${folder}. It says what is in the recordings; README.md of evaluation/ describes its form.`
        : `${file} can't be read: ${error.message}`,
    );
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new GroundTruthError(`${file} is not JSON: ${(error as Error).message}`);
  }
  const items = isFields(content) ? content.items : undefined;
  if (!Array.isArray(items)) throw new GroundTruthError(`${file}: "items" must be a list of recordings`);
  const unknownFields = new Set<string>();
  const recordings = items
    .map((item, index) => recording(item, `${FILE}: items[${index}]`, unknownFields))
    .filter((found) => found !== undefined);
  if (recordings.length === 0) throw new GroundTruthError(`${file} has no item with "speech", so there is nothing to evaluate`);
  const missing: string[] = [];
  for (const known of recordings)
    if (!(await stat(path.join(folder, known.file)).catch(() => undefined))) missing.push(known.file);
  if (missing.length > 0) throw new GroundTruthError(`${FILE} names files that are not in ${folder}: ${missing.join(', ')}`);
  return { recordings, unknownFields: [...unknownFields] };
}

function recording(item: unknown, where: string, unknownFields: Set<string>): KnownRecording | undefined {
  if (!isFields(item)) throw new GroundTruthError(`${where} must be an object`);
  for (const name of Object.keys(item)) if (!ITEM_FIELDS.split(' ').includes(name)) unknownFields.add(`items[].${name}`);
  const file = text(item, 'file', where);
  if (file === undefined) throw new GroundTruthError(`${where}: "file" is missing`);
  const kind = text(item, 'kind', where) ?? 'speech';
  if (OTHER_KINDS.includes(kind) || item.speech === undefined) return undefined;
  const at = `${where} (${file})`;
  const spans = list(item, 'speech', at).map((span, i) => ({ ...spanOf(span, `${at}.speech[${i}]`), channel: channelOf(span) }));
  const utterances = list(item, 'utterances', at).map((one, i) => utterance(one, `${at}.utterances[${i}]`, unknownFields));
  const channels = Math.max(number(item, 'channels', at) ?? 1, ...[...spans, ...utterances].map(({ channel }) => channel + 1));
  const durationSeconds = number(item, 'duration', at);
  const group = text(item, 'group', at);
  const rateFactor = number(item, 'rate_factor', at);
  return {
    file,
    kind,
    speech: Array.from({ length: channels }, (_, side) =>
      spans.filter(({ channel }) => channel === side).map(({ start, end }) => ({ start, end })),
    ),
    utterances,
    noisy: item.noise !== undefined,
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(group !== undefined && { group }),
    ...(rateFactor !== undefined && { rateFactor }),
  };
}

function utterance(item: unknown, where: string, unknownFields: Set<string>): KnownUtterance {
  if (!isFields(item)) throw new GroundTruthError(`${where} must be an object`);
  for (const name of Object.keys(item))
    if (!UTTERANCE_FIELDS.split(' ').includes(name)) unknownFields.add(`utterances[].${name}`);
  const gender = text(item, 'gender', where)?.split(' ')[0];
  if (gender !== undefined && gender !== 'male' && gender !== 'female') {
    throw new GroundTruthError(`${where}: "gender" must be "male" or "female", not ${JSON.stringify(gender)}`);
  }
  const voice = text(item, 'voice', where);
  const syllables = number(item, 'syllables', where);
  const speechSeconds = number(item, 'speech_seconds', where);
  return {
    ...spanOf(item, where),
    channel: channelOf(item),
    ...(voice !== undefined && { voice }),
    ...(gender !== undefined && { gender }),
    ...(syllables !== undefined && { syllables }),
    ...(speechSeconds !== undefined && { speechSeconds }),
  };
}

function spanOf(value: unknown, where: string): Span {
  const fields = isFields(value) ? value : {};
  const [start, end] = [number(fields, 'start', where), number(fields, 'end', where)];
  if (start === undefined || end === undefined || !(start >= 0 && end > start)) {
    throw new GroundTruthError(`${where}: "start" and "end" must be seconds, the end after the start`);
  }
  return { start, end };
}

function channelOf(value: unknown): number {
  const channel = isFields(value) ? (value.channel ?? 0) : 0;
  return typeof channel === 'number' && Number.isInteger(channel) && channel >= 0 ? channel : 0;
}

function list(item: Fields, name: string, where: string): unknown[] {
  const value = item[name] ?? [];
  if (!Array.isArray(value)) throw new GroundTruthError(`${where}: "${name}" must be a list`);
  return value;
}

function text(item: Fields, name: string, where: string): string | undefined {
  const value = item[name];
  if (value !== undefined && typeof value !== 'string') throw new GroundTruthError(`${where}: "${name}" must be text`);
  return value;
}

function number(item: Fields, name: string, where: string): number | undefined {
  const value = item[name];
  if (value !== undefined && (typeof value !== 'number' || !Number.isFinite(value))) {
    throw new GroundTruthError(`${where}: "${name}" must be a number`);
  }
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
