import type { ResultJson } from '../../predictions/index.js';
import { toJsonInteger } from '../../predictions/wire-text.js';
import type { StoredProcess } from '../store/stored-process.js';

/** A process as the API documents it. */
export interface ProcessJson {
  readonly pid: number;
  /** A number, or text where a number could not hold it. */
  readonly cid: number | string;
  readonly name: string;
  /** 0 pending, 1 processing, 2 completed, -1 failed. */
  readonly status: number;
  readonly statusmsg: string;
  /** Seconds; 0 until they are known. */
  readonly duration: number;
  /** When it was submitted, ISO 8601 in UTC. */
  readonly datetime: string;
  /** The text that was submitted with it. */
  readonly meta: string | null;
}

/** The results of a process as the API documents them. */
export interface ResultsJson {
  readonly pid: number;
  readonly cid: number | string;
  readonly code: number;
  readonly message: string;
  readonly results: readonly ResultJson[];
}

/** Puts a process into the documented form. */
export function processJson({ pid, cid, name, status, statusmsg, durationMs, createdAtMs, meta }: StoredProcess): ProcessJson {
  const duration = Math.round(durationMs ?? 0) / 1000;
  return { pid, cid: toJsonInteger(cid), name, status, statusmsg, duration, datetime: new Date(createdAtMs).toISOString(), meta };
}
