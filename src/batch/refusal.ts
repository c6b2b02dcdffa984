import type { IncomingHttpHeaders } from 'node:http';
import { AuthenticationError, BatchApiError, InsufficientCreditsError } from '../errors/index.js';
import type { HttpAnswer } from './http-request.js';
import { parseRetryAfter } from './retry-after.js';
import type { Secrets } from './secrets.js';

const MAX_QUOTED = 200;
/** Statuses of servers that may answer the same request otherwise a moment later. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);
const REQUEST_ID_HEADERS = ['x-request-id', 'x-amzn-requestid', 'x-amzn-trace-id', 'x-correlation-id', 'cf-ray'];

/**
 * The typed error of an answer that isn't a success: JSON as documented, or the text or HTML of a gateway.
 *
 * @returns AuthenticationError for 401 and 403, InsufficientCreditsError for 402, each with the BatchApiError as `cause`; else the
 * BatchApiError.
 */
export function refusalOf(answer: HttpAnswer, secrets: Secrets, now: number): Error {
  const { statusCode, headers } = answer;
  const said = readRefusal(answer, secrets);
  const what = statusCode < 400 ? redirectText(headers) : `The service answered ${statusCode}${said.message}`;
  const error = new BatchApiError('REQUEST_FAILED', what, {
    statusCode,
    ...(said.code !== undefined && { serviceCode: said.code }),
    details: said.details,
    requestId: requestIdOf(headers),
    retryAfterMs: parseRetryAfter(headers['retry-after'], now),
    retryable: TRANSIENT.has(statusCode),
  });
  if (statusCode === 401 || statusCode === 403) {
    const why = `The service refused the credentials (${statusCode}${said.message}). Check cid and apiKey.`;
    return new AuthenticationError('UNAUTHENTICATED', why, { cause: error });
  }
  if (statusCode === 402) {
    return new InsufficientCreditsError(`The project has no credits left for this (402${said.message})`, { cause: error });
  }
  return error;
}

/** The request's ID, under one of the names that services and gateways give it. */
export function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  const id = REQUEST_ID_HEADERS.map((name) => headers[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof id === 'string' ? id.slice(0, 100) : undefined;
}

/** Only the host is named: the rest of the location may hold anything. */
function redirectText({ location }: IncomingHttpHeaders): string {
  const host = location && URL.canParse(location) ? new URL(location).host : undefined;
  return `The service redirects${host ? ` to ${host}` : ''}, which is not followed, because the API token is for the service alone. Check baseUrl.`;
}

interface Refusal {
  /** With what joins it to the status, or empty. */
  readonly message: string;
  readonly code?: string | number | undefined;
  readonly details?: unknown;
}

function readRefusal({ text, headers }: HttpAnswer, secrets: Secrets): Refusal {
  const trimmed = text.trim();
  if (trimmed === '') return { message: ' without a word' };
  if (trimmed.startsWith('{')) {
    try {
      const { code, message, details, error, detail } = JSON.parse(trimmed) as Record<string, unknown>;
      const said = [message, error, detail].find((part) => typeof part === 'string' && part !== '') as string | undefined;
      return {
        message: said === undefined ? '' : `: ${quoted(said, secrets)}`,
        code: typeof code === 'string' ? secrets.hideIn(code) : typeof code === 'number' ? code : undefined,
        details: secrets.hideInJson(details),
      };
    } catch {
      return { message: ` with JSON that can't be read: ${quoted(trimmed, secrets)}` };
    }
  }
  if (/html/i.test(headers['content-type'] ?? '') || /^<(!doctype|html)/i.test(trimmed)) {
    const title = /<title[^>]*>([^<]*)<\/title>/i.exec(trimmed)?.[1] ?? /<h1[^>]*>([^<]*)<\/h1>/i.exec(trimmed)?.[1];
    return { message: ` with a web page, perhaps of a gateway before it${title ? `: ${quoted(title, secrets)}` : ''}` };
  }
  return { message: `: ${quoted(trimmed, secrets)}` };
}

/** Short, in one line, without what could steer a terminal. Secrets are hidden first, since a cut one would not be found. */
function quoted(text: string, secrets: Secrets): string {
  const line = secrets
    .hideIn(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length <= MAX_QUOTED ? line : `${line.slice(0, MAX_QUOTED)}…`;
}
