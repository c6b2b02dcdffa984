import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isInnerList, parseDictionary, serializeInnerList, serializeItem } from 'structured-headers';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';

/** What Genesys Cloud and you share: both are shown where the integration is set up. */
export interface AudioHookSecrets {
  /** The API key, which comes with each request. */
  readonly apiKey: string;
  /** The client secret, in base64, which signs them. */
  readonly clientSecret: string;
}

/** What is looked at of a request; Node's `IncomingMessage` is one. */
export interface AudioHookRequest {
  /** Path and query, as they came. */
  readonly url?: string | undefined;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Options of {@link verifyAudioHookSignature}. */
export interface AudioHookSignatureOptions {
  /** The host, and port if it is not 443, that the request was sent to, where a proxy changes it. Default: the `Host` header. */
  authority?: string | undefined;
  /** How old a signature may be, in milliseconds, above 0. Default: 10,000. */
  maxAgeMs?: number | undefined;
  /** The present, in milliseconds since the Unix epoch. Default: now. */
  nowMs?: number | undefined;
}

/** Whether a request was signed by who knows the secret, else why it does not count. */
export type AudioHookVerification =
  | {
      /** It was. */
      readonly verified: true;
      /** Differs for each request: who remembers those of the last `maxAgeMs` notices one that is replayed. */
      readonly nonce: string | undefined;
    }
  | {
      /** It was not. */
      readonly verified: false;
      /**
       * `unsigned`: there is no signature; `malformed`: its headers can't be read; `incomplete`: it does not cover what it must; `unknown-key`: it is of
       * another API key; `expired`: it is too old, or from the future; `mismatch`: it is wrong.
       */
      readonly reason: 'unsigned' | 'malformed' | 'incomplete' | 'unknown-key' | 'expired' | 'mismatch';
    };

type Failure = Extract<AudioHookVerification, { verified: false }>['reason'];

const NAMES: OptionNames<AudioHookSignatureOptions> = { authority: true, maxAgeMs: true, nowMs: true };

/** What a signature must cover, else the request could be another than the one that was signed. */
const COVERED = [
  '@request-target',
  '@authority',
  'audiohook-organization-id',
  'audiohook-session-id',
  'audiohook-correlation-id',
  'x-api-key',
];
/** How far clocks may differ, in milliseconds. */
const SKEW_MS = 3000;
/** Larger headers are not looked at. */
const MAX_HEADER_LENGTH = 4096;

/**
 * Checks the signature of a request with which Genesys Cloud opens an AudioHook connection (HTTP message signatures,
 * draft-ietf-httpbis-message-signatures, HMAC-SHA256), in constant time as far as secrets are concerned.
 *
 * @param secrets One pair, or several while they are exchanged.
 * @returns Never throws for a request, whatever it is.
 * @throws OptionError for secrets and options that can't be right.
 * @example
 * server.on('upgrade', (request, socket, head) => {
 *   if (verifyAudioHookSignature(request, { apiKey, clientSecret }).verified) accept(request, socket, head);
 *   else socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
 * });
 */
export function verifyAudioHookSignature(
  request: AudioHookRequest,
  secrets: AudioHookSecrets | readonly AudioHookSecrets[],
  options: AudioHookSignatureOptions = {},
): AudioHookVerification {
  expectOptions('verifyAudioHookSignature', options, NAMES);
  const { authority, maxAgeMs = 10_000, nowMs = Date.now() } = options;
  const known = (Array.isArray(secrets) ? secrets : [secrets]) as readonly AudioHookSecrets[];
  for (const secret of known) checkSecrets(secret);
  expectNumber('verifyAudioHookSignature({ maxAgeMs })', maxAgeMs, { above: 0, unit: 'milliseconds' });
  const failure = (reason: Failure): AudioHookVerification => ({ verified: false, reason });

  const input = headerOf(request, 'signature-input');
  const signature = headerOf(request, 'signature');
  if (input === undefined && signature === undefined) return failure('unsigned');
  const parsed = parse(input, signature);
  if (!parsed) return failure('malformed');
  const { list, bytes } = parsed;
  const [items, parameters] = list;

  const names = items.map(([name]) => name);
  if (new Set(names).size !== names.length || items.some(([name, { size }]) => typeof name !== 'string' || size > 0)) {
    return failure('malformed');
  }
  if (!COVERED.every((name) => names.includes(name))) return failure('incomplete');
  const lines: string[] = [];
  for (const item of items) {
    const value = componentOf(request, String(item[0]), authority);
    if (value === undefined) return failure('incomplete');
    lines.push(`${serializeItem(item)}: ${value}`);
  }
  lines.push(`"@signature-params": ${serializeInnerList(list)}`);

  const alg = parameters.get('alg') ?? 'hmac-sha256';
  const [created, expires, nonce] = ['created', 'expires', 'nonce'].map((name) => parameters.get(name));
  if (alg !== 'hmac-sha256' || typeof created !== 'number') return failure('malformed');
  if (expires !== undefined && typeof expires !== 'number') return failure('malformed');

  // What is unknown is signed too, so that the answer takes as long.
  const keyId = String(parameters.get('keyid') ?? '');
  const sent = headerOf(request, 'x-api-key') ?? '';
  const found = known.find(({ apiKey }) => isSame(apiKey, keyId) && isSame(apiKey, sent));
  const key = found ? Buffer.from(found.clientSecret, 'base64') : randomBytes(32);
  const expected = createHmac('sha256', key).update(lines.join('\n')).digest();
  const isRight = bytes.length === expected.length && timingSafeEqual(bytes, expected);
  if (!found) return failure('unknown-key');
  if (!isRight) return failure('mismatch');

  const createdMs = created * 1000;
  const isOld = nowMs > createdMs + maxAgeMs + SKEW_MS || (expires !== undefined && nowMs > expires * 1000 + SKEW_MS);
  if (isOld || createdMs > nowMs + SKEW_MS) return failure('expired');
  return { verified: true, nonce: typeof nonce === 'string' ? nonce : undefined };
}

/** The first signature of a request. */
function parse(input: string | undefined, signature: string | undefined) {
  if (input === undefined || signature === undefined) return undefined;
  if (input.length > MAX_HEADER_LENGTH || signature.length > MAX_HEADER_LENGTH) return undefined;
  try {
    const [label, list] = [...parseDictionary(input)][0] ?? [];
    const item = label === undefined ? undefined : parseDictionary(signature).get(label);
    const value = item && !isInnerList(item) ? item[0] : undefined;
    if (!list || !isInnerList(list) || Object.prototype.toString.call(value) !== '[object ArrayBuffer]') return undefined;
    return { list, bytes: new Uint8Array(value as ArrayBuffer) };
  } catch {
    return undefined;
  }
}

function componentOf(request: AudioHookRequest, name: string, authority: string | undefined): string | undefined {
  if (name === '@request-target') return request.url;
  if (name === '@authority') return (authority ?? headerOf(request, 'host'))?.toLowerCase();
  return name.startsWith('@') ? undefined : headerOf(request, name);
}

function headerOf({ headers }: AudioHookRequest, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value.map((part) => part.trim()).join(', ') : value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** Compares in a time that does not depend on where texts differ. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return timingSafeEqual(a!, b!);
}

/** @throws OptionError */
export function checkSecrets({ apiKey, clientSecret }: AudioHookSecrets): void {
  if (typeof apiKey !== 'string' || apiKey === '') throw new OptionError('apiKey', 'must be the API key of the integration');
  if (typeof clientSecret !== 'string' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(clientSecret)) {
    throw new OptionError('clientSecret', 'must be the client secret of the integration, in base64');
  }
}
