import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AudioHookRequest, verifyAudioHookSignature } from '../../src/telephony/index.js';

const apiKey = 'SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh';
const clientSecret = 'TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=';
const secrets = { apiKey, clientSecret };
const createdMs = 1_641_013_200_000;
const now = { nowMs: createdMs + 500 };

/** The request that Genesys shows in the walkthrough of its protocol, with the signature that it says is right. */
const example: AudioHookRequest = {
  url: '/api/v1/voicebiometrics/ws',
  headers: {
    host: 'audiohook.example.com',
    'audiohook-organization-id': 'd7934305-0972-4844-938e-9060eef73d05',
    'audiohook-correlation-id': 'e160e428-53e2-487c-977d-96989bf5c99d',
    'audiohook-session-id': '30b0e395-84d3-4570-ac13-9a62d8f514c0',
    'x-api-key': apiKey,
    signature: 'sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:',
    'signature-input':
      'sig1=("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" "audiohook-correlation-id" "x-api-key");' +
      `keyid="${apiKey}";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";created=1641013200;expires=3282026430`,
  },
};

const NAMES = [
  '@request-target',
  '@authority',
  'audiohook-organization-id',
  'audiohook-session-id',
  'audiohook-correlation-id',
  'x-api-key',
];

/** A request that is signed, by the letter of the draft. */
function signed({
  names = NAMES,
  parameters = `;keyid="${apiKey}";nonce="n1";alg="hmac-sha256";created=${createdMs / 1000};expires=${createdMs / 1000 + 10}`,
  headers = {} as Record<string, string>,
  secret = clientSecret,
  url = '/call?leg=1',
} = {}): AudioHookRequest {
  const all: Record<string, string> = { ...(example.headers as Record<string, string>), ...headers };
  const list = `(${names.map((name) => `"${name}"`).join(' ')})${parameters}`;
  const value = (name: string) => (name === '@request-target' ? url : name === '@authority' ? all.host! : (all[name] ?? ''));
  const base = [...names.map((name) => `"${name}": ${value(name)}`), `"@signature-params": ${list}`].join('\n');
  const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(base).digest('base64');
  return { url, headers: { ...all, signature: `a=:${signature}:`, 'signature-input': `a=${list}` } };
}

const change = (request: AudioHookRequest, headers: Record<string, string | undefined>, url = request.url): AudioHookRequest => ({
  url,
  headers: { ...request.headers, ...headers },
});
const reasonOf = (request: AudioHookRequest, options = {}) => {
  const result = verifyAudioHookSignature(request, secrets, { ...now, ...options });
  return result.verified ? 'verified' : result.reason;
};

describe('verifyAudioHookSignature()', () => {
  it("verifies Genesys' own example, and gives its nonce", () => {
    expect(verifyAudioHookSignature(example, secrets, now)).toEqual({ verified: true, nonce: 'VGhpc0lzQVVuaXF1ZU5vbmNl' });
    expect(verifyAudioHookSignature(signed(), secrets, now)).toEqual({ verified: true, nonce: 'n1' });
  });

  it('verifies with one of several secrets, while they are exchanged', () => {
    expect(verifyAudioHookSignature(example, [{ apiKey: 'new', clientSecret: 'bmV3' }, secrets], now).verified).toBe(true);
  });

  it('knows the authority behind a proxy', () => {
    const proxied = change(example, { host: 'localhost:8080' });
    expect(reasonOf(proxied)).toBe('mismatch');
    expect(reasonOf(proxied, { authority: 'audiohook.example.com' })).toBe('verified');
  });

  it.each([
    ['no signature', { signature: undefined, 'signature-input': undefined }, 'unsigned'],
    ['half of one', { signature: undefined }, 'malformed'],
    ['another label', { signature: 'sig2=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:' }, 'malformed'],
    ['no bytes', { signature: 'sig1="text"' }, 'malformed'],
    ['a short one', { signature: 'sig1=:AAAA:' }, 'mismatch'],
    ['a wrong one', { signature: 'sig1=:AZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:' }, 'mismatch'],
    ['rubbish', { 'signature-input': 'sig1=((((' }, 'malformed'],
    ['a header too long', { 'signature-input': `sig1=(${'"a" '.repeat(5000)})` }, 'malformed'],
    ['another session', { 'audiohook-session-id': 'e160e428-53e2-487c-977d-96989bf5c99e' }, 'mismatch'],
    ['a header that is missing', { 'audiohook-session-id': undefined }, 'incomplete'],
    ['another key', { 'x-api-key': 'other' }, 'unknown-key'],
  ])('refuses %s', (_, headers, reason) => {
    expect(reasonOf(change(example, headers))).toBe(reason);
  });

  it('refuses what does not cover the request, repeats or renames what it covers, or is signed otherwise', () => {
    for (const name of NAMES) expect(reasonOf(signed({ names: NAMES.filter((one) => one !== name) }))).toBe('incomplete');
    expect(reasonOf(signed({ names: [...NAMES, 'x-api-key'] }))).toBe('malformed');
    expect(reasonOf(signed({ names: [...NAMES, '@method'] }))).toBe('incomplete');
    expect(reasonOf(signed({ parameters: `;keyid="${apiKey}";alg="rsa-pss-sha512";created=${createdMs / 1000}` }))).toBe(
      'malformed',
    );
    expect(reasonOf(signed({ parameters: `;keyid="${apiKey}"` }))).toBe('malformed');
    expect(reasonOf(signed({ parameters: `;keyid="other";created=${createdMs / 1000}` }))).toBe('unknown-key');
    expect(reasonOf(signed({ secret: 'b3RoZXI=' }))).toBe('mismatch');
    expect(reasonOf(change(signed(), {}, '/call?leg=2'))).toBe('mismatch');
  });

  it('refuses signatures that are too old, over, or from the future', () => {
    expect(reasonOf(example, { nowMs: createdMs + 12_900 })).toBe('verified');
    expect(reasonOf(example, { nowMs: createdMs + 13_100 })).toBe('expired');
    expect(reasonOf(example, { nowMs: createdMs - 3100 })).toBe('expired');
    expect(reasonOf(example, { nowMs: createdMs + 50_000, maxAgeMs: 60_000 })).toBe('verified');
    expect(reasonOf(signed(), { nowMs: createdMs + 50_000, maxAgeMs: 60_000 })).toBe('expired');
  });

  it('property: never throws for a request, and never verifies one that was changed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('sig1=()', 'sig1=:AA==:', '"', 'sig1=("@authority");created=1'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(example.headers)), text, (name, value) => {
        const unchanged = String(example.headers[name]).trim() === value.trim();
        expect(verifyAudioHookSignature(change(example, { [name]: value }), secrets, now).verified).toBe(unchanged);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [{ apiKey: '', clientSecret }, 'apiKey'],
    [{ apiKey, clientSecret: '' }, 'clientSecret'],
    [{ apiKey, clientSecret: 'not base64!' }, 'clientSecret'],
  ])('refuses secrets that can not be right', (wrong, option) => {
    expect(() => verifyAudioHookSignature(example, wrong)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});
