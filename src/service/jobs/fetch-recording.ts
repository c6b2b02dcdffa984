import { open, rm } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import { isStorageFull } from '../storage-full.js';
import { JobFailure } from './job-failure.js';
import { InternalAddressError, publicLookup, type ResolveHost } from './public-address.js';
import { INTERNAL_HOST, isAllowedHost, readRecordingUrl, type UrlRules } from './recording-url.js';

/** Without a byte for this long, a server is taken for dead. */
const STALL_MS = 30_000;

/** What a fetch may take. */
export interface FetchLimits extends UrlRules {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Default: the system's. */
  readonly resolve?: ResolveHost;
}

/**
 * Fetches a presigned URL into a new file that only its owner can read; public addresses only, and no redirects.
 *
 * A fetch that fails leaves no file, of which a full disk has no room for the note that it failed.
 *
 * @throws (as rejection) JobFailure with a sentence that does not repeat the URL; the signal's reason when it fires; the system's error when
 * the disk is full.
 */
export async function fetchRecording(url: string, file: string, limits: FetchLimits, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  try {
    const response = await request(url, limits, AbortSignal.any([signal, deadline]));
    const { statusCode = 0 } = response;
    if (statusCode !== 200) {
      response.destroy();
      throw new JobFailure(
        statusCode >= 300 && statusCode < 400
          ? 'The URL redirects elsewhere, which is not followed.'
          : `The URL answered ${statusCode}; it may have expired.`,
      );
    }
    await save(response, file, limits.maxBytes);
  } catch (error) {
    // Who works on the job deletes it in any case, and tells of failures.
    await rm(file, { force: true }).catch(() => {});
    if (error instanceof JobFailure || isStorageFull(error)) throw error;
    signal.throwIfAborted();
    if (deadline.aborted) throw new JobFailure(`The URL could not be fetched within ${limits.timeoutMs / 1000} s.`);
    throw new JobFailure(
      error instanceof InternalAddressError ? INTERNAL_HOST : `The URL could not be fetched (${codeOf(error)}).`,
    );
  }
}

function request(text: string, limits: FetchLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const url = readRecordingUrl(text, limits);
  if (typeof url === 'string') throw new JobFailure(url);
  const options: RequestOptions = {
    signal,
    agent: false,
    timeout: STALL_MS,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'behavioral-signals-rx' },
    ...(!isAllowedHost(url, limits) && { lookup: publicLookup(limits.resolve) }),
  };
  return new Promise((resolve, reject) => {
    const sent = url.protocol === 'https:' ? httpsGet(url, options, resolve) : httpGet(url, options, resolve);
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new JobFailure(`The URL's server sent nothing for ${STALL_MS / 1000} s.`)));
  });
}

async function save(response: IncomingMessage, file: string, maxBytes: number): Promise<void> {
  const tooLarge = () => new JobFailure(`The recording is larger than ${maxBytes} bytes, the service's limit.`);
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy();
    throw tooLarge();
  }
  // Over what an attempt that was cut short may have left.
  const handle = await open(file, 'w', 0o600);
  try {
    let bytes = 0;
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge();
      await handle.writeFile(piece);
    }
    if (!response.complete) throw new JobFailure('The recording broke off while it was fetched.');
    if (bytes === 0) throw new JobFailure('The URL gave an empty file.');
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
}
