import type { IncomingMessage } from 'node:http';
import { HttpError, invalid } from './http-error.js';

const MAX_BODY_BYTES = 128 * 1024;

/**
 * Reads a request's body as a JSON object.
 *
 * @throws (as rejection) HttpError for another content type, a body that is too large, breaks off, or is no JSON object.
 */
export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON, with the content type application/json.');
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    // Left undestroyed, so that the refusal can still be sent.
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MAX_BODY_BYTES) throw new HttpError(413, 'TOO_LARGE', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof HttpError ? error : invalid('The body broke off.');
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw invalid('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('The body must be a JSON object.');
  return value as Record<string, unknown>;
}
