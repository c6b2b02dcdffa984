import { randomUUID } from 'node:crypto';
import { AuthenticationError, BatchApiError, InsufficientCreditsError } from '../errors/index.js';
import type { BatchConnection } from './batch-connection.js';
import type { BatchProcess } from './batch-process.js';
import { listProcesses } from './list-processes.js';
import { wait } from './wait.js';

const DAY_MS = 86_400_000;
/** How far back a submission is looked for. */
const LOOK_BACK_MS = 7 * DAY_MS;
/** How often one is looked for that may still be on its way into the list; the waits between add up to 40 times the first delay. */
const LOOKUPS = 4;
/** How long what was begun may take to appear in the list. */
const RECENT_MS = 300_000;

/** Something to submit. */
export interface Submission {
  /** Path of the list that it will appear in. */
  readonly listPath: string;
  readonly name: string;
  /** Given by the caller: an earlier call may have submitted it. */
  readonly submissionId: string | undefined;
  /** Since when it may have been submitted, in milliseconds since the Unix epoch, where that is known; `never` where it can't have been. */
  readonly attemptedAt?: number | 'never' | undefined;
  readonly signal: AbortSignal;
  /** Whether it can be sent more than once. */
  readonly isRepeatable: boolean;
  /** Called before it rejects when no attempt, an earlier call's included, can have been accepted. */
  readonly onRefused?: (() => void) | undefined;
  /** Sends it, once. */
  send(submissionId: string): Promise<BatchProcess>;
}

/**
 * Submits something, never twice as far as that can be known: after a failure that leaves open whether the service has accepted it, it is
 * looked for by its ID, and sent again only when it isn't there.
 *
 * @throws (as rejection) BatchApiError `SUBMISSION_UNCERTAIN` when it can't be looked for, or would not be recognised; what requests and
 * reading the input throw.
 */
export async function submitOnce(connection: BatchConnection, submission: Submission): Promise<BatchProcess> {
  const { isRepeatable, signal, attemptedAt, onRefused } = submission;
  const submissionId = submission.submissionId ?? randomUUID();
  const look = (since: number, isCertainlyAttempted: boolean) =>
    findSubmission(connection, { ...submission, submissionId, since, isCertainlyAttempted });
  let isOpen = false;
  if (submission.submissionId !== undefined && attemptedAt !== 'never') {
    // What is looked for and not found may still come.
    isOpen = true;
    const now = Date.now();
    // An attempt in the future was noted by a clock that was ahead, and was at any time before now.
    const since = attemptedAt !== undefined && attemptedAt <= now ? attemptedAt : now - LOOK_BACK_MS;
    const lookOnce = () => look(since, attemptedAt !== undefined);
    const isRecent = attemptedAt !== undefined && now - attemptedAt < RECENT_MS;
    const earlier = await (isRecent ? lookPatiently(connection, lookOnce, signal, submissionId) : lookOnce());
    if (earlier) return earlier;
  }
  const plan = connection.retryPlan();
  const since = Date.now();
  for (;;) {
    try {
      return await submission.send(submissionId);
    } catch (error) {
      if (mayBeAccepted(error)) {
        isOpen = true;
        const accepted = await lookPatiently(connection, () => look(since, true), signal, submissionId, error);
        if (accepted) return accepted;
        // It has said yes, so that what is missing is its place in the list.
        if (isSuccess(error)) throw uncertain(submissionId, 'the service said yes, but not which process it is', error);
      }
      try {
        if (!isRepeatable) throw error;
        await wait(plan.delayAfter(error), signal);
      } catch (end) {
        if (!isOpen && isRefusal(error)) onRefused?.();
        throw end;
      }
    }
  }
}

/** Looks for what was submitted with an ID; undefined when it isn't in the list. */
export async function findSubmission(
  connection: BatchConnection,
  search: Pick<Submission, 'listPath' | 'name' | 'signal'> & {
    submissionId: string;
    since: number;
    isCertainlyAttempted: boolean;
  },
): Promise<BatchProcess | undefined> {
  const { listPath, name, signal, submissionId, since, isCertainlyAttempted } = search;
  // A day earlier: the service's days may begin elsewhere, and clocks differ.
  const startDate = new Date(since - DAY_MS);
  let isBlind = false;
  for await (const process of listProcesses(connection, listPath, { startDate, pageSize: 1000, sort: 'desc', signal })) {
    if (submissionIdOf(process) === submissionId) return process;
    if (process.name === name && process.meta === undefined) isBlind = true;
  }
  if (isBlind && isCertainlyAttempted) {
    throw uncertain(submissionId, `the list has a process "${name}" without the ID, which may be the one`);
  }
  return undefined;
}

/** The ID that a process was submitted with by this library. */
export function submissionIdOf({ meta }: BatchProcess): string | undefined {
  if (typeof meta !== 'object' || meta === null || !('submissionId' in meta)) return undefined;
  return typeof meta.submissionId === 'string' ? meta.submissionId : undefined;
}

/** What was accepted late appears late: it is looked for several times. */
async function lookPatiently(
  connection: BatchConnection,
  look: () => Promise<BatchProcess | undefined>,
  signal: AbortSignal,
  submissionId: string,
  failure: unknown = 'an earlier attempt ended in the middle',
): Promise<BatchProcess | undefined> {
  const { initialDelayMs, maxDelayMs, maxAttempts } = connection.settings.retry;
  // Who doesn't want to wait for another attempt doesn't want to wait for this either.
  const lookups = maxAttempts === 0 ? 1 : LOOKUPS;
  try {
    for (let lookup = 0; lookup < lookups; lookup += 1) {
      await wait(Math.min(maxDelayMs, initialDelayMs * 3 ** lookup), signal);
      const found = await look();
      if (found) return found;
    }
    return undefined;
  } catch (error) {
    if (error instanceof BatchApiError && (error.code === 'ABORTED' || error.code === 'SUBMISSION_UNCERTAIN')) throw error;
    if (error instanceof AuthenticationError || error instanceof InsufficientCreditsError) throw error;
    const why = failure instanceof Error ? failure.message : String(failure);
    throw uncertain(submissionId, `${why}; and the list of processes can't be read`, error);
  }
}

function uncertain(submissionId: string, why: string, cause?: unknown): BatchApiError {
  return new BatchApiError(
    'SUBMISSION_UNCERTAIN',
    `Whether the service has accepted the recording can't be known: ${why}. It was not sent again. Submit it with submissionId: '${submissionId}' to go on where this ended.`,
    { cause, retryable: true },
  );
}

/** Whether a failure leaves open what has become of the request. */
function mayBeAccepted(error: unknown): boolean {
  if (!(error instanceof BatchApiError) || error.unsent || error.code === 'ABORTED') return false;
  const { statusCode } = error;
  // A redirect, a refusal with a reason, or a service that has no such thing (501) or no room for it (507) has accepted nothing.
  if (statusCode === 501 || statusCode === 507) return false;
  return statusCode === undefined || statusCode < 300 || statusCode === 408 || statusCode >= 500;
}

/** Whether a failure says that the request was not taken: it never left, or was refused. */
function isRefusal(error: unknown): boolean {
  // Refused credentials and missing credits have the answer as their cause.
  const { cause } = Object(error) as { cause?: unknown };
  const said = [error, cause].find((one) => one instanceof BatchApiError);
  return said !== undefined && (said.unsent || said.statusCode !== undefined) && !mayBeAccepted(said);
}

function isSuccess(error: unknown): boolean {
  return error instanceof BatchApiError && error.statusCode !== undefined && error.statusCode < 300;
}
