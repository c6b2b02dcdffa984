import type { StreamResult } from '../../grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { printEmbedding } from '../../predictions/embedding-text.js';
import { printNumber, printSeconds } from '../../predictions/wire-number.js';

/** One label of a {@link ScriptedRow}; numbers are printed as the service does. */
export interface ScriptedLabel {
  /** Default: empty, as for continuous tasks. */
  readonly label?: string | null;
  /** From 0 to 1. Default: none. */
  readonly posterior?: number | string | null;
  /** Default: none. */
  readonly logit?: number | string | null;
  /** Of continuous tasks, from 0 to 1. Default: none. */
  readonly score?: number | string | null;
}

/** One task's answer for one segment or utterance. The documented JSON's rows fit, with their further fields. */
export interface ScriptedRow {
  /** The task's name on the wire. */
  readonly task: string;
  /** Default: `1`. */
  readonly id?: string;
  /** In seconds, from the start of the call. Default: 0. */
  readonly startTime?: number | string;
  /** In seconds, from the start of the call. Default: 0. */
  readonly endTime?: number | string;
  /** Left out, the message has none either. */
  readonly level?: string;
  /** Best first. Default: none. */
  readonly prediction?: readonly ScriptedLabel[];
  /** Default: empty, no claim. */
  readonly finalLabel?: string | null;
  /** Default: none. */
  readonly embedding?: readonly number[] | string | null;
}

/** A message of results; a message in the documented JSON form is one too. */
export interface ScriptedResult {
  /** One for each task of each segment and utterance. */
  readonly results: readonly ScriptedRow[];
  /** Default: the project that calls. */
  readonly cid?: number | string;
  /** Default: the number of the call, from 1. */
  readonly pid?: number | string;
  /** Default: counts up in the call, from 0. */
  readonly message_id?: number;
}

/** An answer in short: a label the service stands by, a score from 0 to 1 for tasks without labels, or all labels with their posteriors. */
export type ScriptedAnswer = string | number | Readonly<Record<string, number>>;

/** What {@link scriptedResult} writes out. */
export interface ScriptedAnswers {
  /** What the answers are for. */
  readonly level: 'segment' | 'utterance';
  /** Default: `1`. */
  readonly id?: string;
  /** From the start of the call, in milliseconds. */
  readonly startMs: number;
  /** From the start of the call, in milliseconds. */
  readonly endMs: number;
  /** By the tasks' names: `{ emotion: 'happy', gender: { female: 0.9, male: 0.1 }, intensity: 0.4 }`. */
  readonly tasks: Readonly<Record<string, ScriptedAnswer>>;
}

/** Writes a message of results for one segment or utterance. */
export function scriptedResult({ level, id = '1', startMs, endMs, tasks }: ScriptedAnswers): ScriptedResult {
  const place = { id, level, startTime: startMs / 1000, endTime: endMs / 1000 };
  return { results: Object.entries(tasks).map(([task, answer]) => ({ ...place, task, ...rowOf(answer) })) };
}

function rowOf(answer: ScriptedAnswer): Pick<ScriptedRow, 'prediction' | 'finalLabel'> {
  if (typeof answer === 'number') return { prediction: [{ score: answer }] };
  if (typeof answer === 'string') return { prediction: [{ label: answer, posterior: 1 }], finalLabel: answer };
  const ranked = Object.entries(answer).sort(([, a], [, b]) => b - a);
  return { prediction: ranked.map(([label, posterior]) => ({ label, posterior })), finalLabel: ranked[0]?.[0] ?? '' };
}

/** The wire's form of a result, with what it leaves out taken from its call. */
export function toMessage(
  { results, ...own }: ScriptedResult,
  call: { readonly cid: string; readonly pid: number; readonly messageId: number },
): StreamResult {
  return {
    cid: own.cid ?? call.cid,
    pid: own.pid ?? call.pid,
    messageId: own.message_id ?? call.messageId,
    result: results.map((row) => ({
      id: row.id ?? '1',
      startTime: asSeconds(row.startTime ?? 0),
      endTime: asSeconds(row.endTime ?? 0),
      task: row.task,
      prediction: (row.prediction ?? []).map((entry) => ({
        label: entry.label ?? '',
        ...numberFields(entry),
      })),
      finalLabel: row.finalLabel ?? '',
      // Texts that are no level are left to what reads them; the wire knows these two.
      ...((row.level === 'segment' || row.level === 'utterance') && { level: row.level }),
      ...embeddingField(row.embedding),
    })),
  };
}

function asSeconds(value: number | string): string {
  return typeof value === 'number' ? printSeconds(value) : value;
}

function numberFields(entry: ScriptedLabel): { posterior?: string; logit?: string; score?: string } {
  return Object.fromEntries(
    (['posterior', 'logit', 'score'] as const).flatMap((name) => {
      const value = entry[name];
      return value === undefined || value === null ? [] : [[name, typeof value === 'number' ? printNumber(value) : value]];
    }),
  );
}

function embeddingField(embedding: ScriptedRow['embedding']): { embedding?: string } {
  if (embedding === undefined || embedding === null || embedding === '') return {};
  return { embedding: typeof embedding === 'string' ? embedding : printEmbedding(embedding) };
}
