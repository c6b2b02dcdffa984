import { isIPv4 } from 'node:net';
import { BatchApiError, OptionError } from '../errors/index.js';

/**
 * Checks where the batch API is, and gives the URL its final slash.
 *
 * @throws OptionError for what is no http(s) URL or carries more than a path, BatchApiError `INSECURE_ENDPOINT` for plaintext to another
 * machine.
 */
export function parseBaseUrl(option: string, text: unknown, allowInsecure: boolean): URL {
  const allowed = 'must be an https:// URL, or http:// on this machine, without credentials, query or fragment';
  if (typeof text !== 'string' || !URL.canParse(text)) throw new OptionError(option, allowed);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new OptionError(option, allowed);
  // The value is not quoted: it may hold a password.
  if (url.username || url.password || url.search || url.hash) throw new OptionError(option, allowed);
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname) && !allowInsecure) {
    throw new BatchApiError(
      'INSECURE_ENDPOINT',
      `${option}: ${url.host} is not on this machine, and without TLS the API token and the audio would travel readable. Use https://, or set allowInsecure: true if the network is trusted.`,
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** Whether a host, as the URL parser writes it, is on this machine. What only looks like an address is a name. */
function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
