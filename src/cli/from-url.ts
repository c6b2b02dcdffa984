import path from 'node:path';
import { defer, finalize } from 'rxjs';
import { fromReadable, OptionError, SourceError } from '../index.js';
import type { Input } from './input.js';

/**
 * Reads the body of an http(s) URL as it arrives; unsubscribing aborts the request.
 *
 * Queries are left out of labels and messages, because those of presigned URLs are credentials.
 *
 * @throws OptionError for a URL that can't be parsed or carries a password; (as error notification) SourceError `SOURCE_FAILED` for
 * an answer that isn't 2xx and for a connection that fails.
 */
export function fromUrl(text: string): Input {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new OptionError('<input>', 'is not a valid URL');
  if (url.username || url.password) throw new OptionError('<input>', 'must not carry a user name or password in the URL');
  const shown = `${url.origin}${url.pathname}`;
  const label = path.posix.basename(url.pathname) || url.host;
  const bytes$ = defer(() => {
    const abort = new AbortController();
    return fromReadable(() => download(url, shown, abort.signal), { label }).pipe(finalize(() => abort.abort()));
  });
  return { label, bytes$ };
}

async function* download(url: URL, shown: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    throw new SourceError('SOURCE_FAILED', `${shown} can't be fetched: ${reason(cause)}`, { cause, retryable: true });
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    const said = response.ok ? 'nothing' : [response.status, response.statusText].filter(Boolean).join(' ');
    throw new SourceError('SOURCE_FAILED', `${shown} can't be fetched: the server answered ${said}`, {
      retryable: response.status >= 500,
    });
  }
  try {
    yield* response.body;
  } catch (cause) {
    throw new SourceError('SOURCE_FAILED', `${shown} broke off: ${reason(cause)}`, { cause, retryable: true });
  }
}

/** What went wrong below fetch(), whose own message says only that it failed. */
function reason(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
