import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.js';

const MAX_URL_LENGTH = 8_192;

/** Which URLs may be fetched. */
export interface UrlRules {
  /** Hosts (`host` or `host:port`) that may be internal, and plain http. */
  readonly allowedHosts: ReadonlySet<string>;
}

/** Reads a presigned URL; a text that says why it is not acceptable, and does not repeat it. */
export function readRecordingUrl(text: string, rules: UrlRules): URL | string {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return 'url must be a URL.';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'url must begin with https://.';
  if (url.username !== '' || url.password !== '') return 'url must not hold a user name or password.';
  if (isAllowedHost(url, rules)) return url;
  if (url.protocol !== 'https:') return 'url must begin with https://.';
  // The parser has turned decimal, octal and hexadecimal forms into the usual one.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isInternal = isIP(host) ? !isPublicAddress(host) : /(^|\.)(localhost|local|internal)\.?$/.test(host);
  return isInternal ? INTERNAL_HOST : url;
}

/** Said of a URL that leads into a private network. */
export const INTERNAL_HOST = 'url leads to an internal address, from which this service fetches nothing.';

/** Whether the operator has allowed a host by name. */
export function isAllowedHost(url: URL, { allowedHosts }: UrlRules): boolean {
  return allowedHosts.has(url.host) || allowedHosts.has(url.hostname);
}
