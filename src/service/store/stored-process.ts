/** What a process is to answer. */
export type Analysis = 'behavior' | 'deepfake';

/** The documented numbers for where a process is. */
export const ProcessStatus = { pending: 0, processing: 1, completed: 2, failed: -1 } as const;

/** One of {@link ProcessStatus}. */
export type ProcessStatus = (typeof ProcessStatus)[keyof typeof ProcessStatus];

/** A recording to be analysed, as it was accepted. */
export interface Submission {
  /** The project's ID. */
  readonly cid: string;
  readonly analysis: Analysis;
  /** What whoever submitted it calls it; never used as a path. */
  readonly name: string;
  /** JSON text that comes back with the process. */
  readonly meta: string | null;
  /** Whether results carry the features' embedding. */
  readonly embeddings: boolean;
  /** The recording's file among the uploads; null when it is yet to be fetched. */
  readonly file: string | null;
  /** Where to fetch it; a secret, deleted when the job ends. */
  readonly url: string | null;
}

/** A process as the store has it. */
export interface StoredProcess extends Submission {
  readonly pid: number;
  /** Whether audio was submitted or streamed. */
  readonly kind: 'audio' | 'stream';
  readonly status: ProcessStatus;
  /** A plain sentence; why, when it failed. */
  readonly statusmsg: string;
  /** Milliseconds of audio, once known. */
  readonly durationMs: number | null;
  /** When it was submitted, in milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** How often a job for it was begun. */
  readonly attempts: number;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly status: typeof ProcessStatus.completed | typeof ProcessStatus.failed;
  readonly statusmsg: string;
  readonly durationMs: number | null;
}
