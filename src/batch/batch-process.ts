import { BatchApiError, InsufficientCreditsError } from '../errors/index.js';
import type { JsonValue } from '../predictions/index.js';

/** Where a process is: `unknown` for a status that the service's documentation doesn't name. */
export type BatchProcessState = 'pending' | 'processing' | 'completed' | 'failed' | 'insufficient-credits' | 'unknown';

/** A recording that was submitted, and what has become of it. */
export interface BatchProcess {
  /** The service's ID of it, as text because it is a 64-bit number. */
  readonly pid: string;
  /** The project, as text because it is a 64-bit number. */
  readonly cid: string;
  /** What it was called when it was submitted. */
  readonly name: string;
  /** Where it is. */
  readonly state: BatchProcessState;
  /** The service's number for `state`: 0, 1, 2, -1, -2, -3. */
  readonly status: number;
  /** The service's text for `state`; empty when it says none. */
  readonly statusMessage: string;
  /** Length of the recording in milliseconds, once it is known. */
  readonly durationMs?: number;
  /** When it was submitted, as the service writes it. */
  readonly datetime?: string;
  /** The JSON that was submitted with it, as the service gives it back: parsed where it is JSON. */
  readonly meta?: JsonValue;
}

const STATES: Readonly<Record<number, BatchProcessState>> = {
  0: 'pending',
  1: 'processing',
  2: 'completed',
  [-1]: 'failed',
  [-2]: 'insufficient-credits',
  [-3]: 'failed',
};

/**
 * Reads a process from the service's JSON; undefined when it has no pid. What else is missing or unreadable is absent.
 */
export function parseProcess(json: unknown): BatchProcess | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { pid, cid, name, status, statusmsg, duration, datetime, meta } = json as Record<string, JsonValue | undefined>;
  const id = idText(pid);
  if (id === undefined) return undefined;
  const number = numberOf(status);
  const seconds = numberOf(duration);
  return {
    pid: id,
    cid: idText(cid) ?? '',
    name: typeof name === 'string' ? name : '',
    state: (number === undefined ? undefined : STATES[number]) ?? 'unknown',
    status: number ?? Number.NaN,
    statusMessage: typeof statusmsg === 'string' ? statusmsg : '',
    // Zero is what the service says before it has looked.
    ...(seconds !== undefined && seconds > 0 && { durationMs: Math.round(seconds * 1e6) / 1e3 }),
    ...(typeof datetime === 'string' && { datetime }),
    ...(meta !== undefined && meta !== null && { meta: parseMeta(meta) }),
  };
}

/**
 * Throws for a process that has failed.
 *
 * @throws BatchApiError `PROCESS_FAILED`, InsufficientCreditsError.
 */
export function expectNotFailed({ pid, name, state, status, statusMessage }: BatchProcess): void {
  if (state !== 'failed' && state !== 'insufficient-credits') return;
  const said = statusMessage === '' ? '' : `: ${statusMessage.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 200)}`;
  const which = `Process ${pid}${name ? ` (${name})` : ''}`;
  if (state === 'insufficient-credits') {
    const cause = new BatchApiError('PROCESS_FAILED', `${which} ended with status ${status}${said}`, { pid });
    throw new InsufficientCreditsError(`The project has no credits left for process ${pid}${said}`, { cause });
  }
  throw new BatchApiError('PROCESS_FAILED', `${which} failed at the service with status ${status}${said}`, { pid });
}

function parseMeta(meta: JsonValue): JsonValue {
  if (typeof meta !== 'string') return meta;
  try {
    return JSON.parse(meta) as JsonValue;
  } catch {
    return meta;
  }
}

function idText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  return typeof value === 'string' && /^\d{1,19}$/.test(value) ? value : undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
