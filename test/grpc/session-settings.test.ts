import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveSettings, type StreamingOptions } from '../../src/grpc/index.js';

const resolve = (options: StreamingOptions) => resolveSettings('behavioralSignals', 'behavior', options);
const credentials = { cid: 1, apiKey: 'secret' };

beforeEach(() => {
  vi.stubEnv('BEHAVIORALSIGNALS_CID', '');
  vi.stubEnv('BEHAVIORALSIGNALS_API_KEY', '');
  vi.stubEnv('BEHAVIORALSIGNALS_ENDPOINT', '');
});
afterEach(() => vi.unstubAllEnvs());

describe('resolveSettings()', () => {
  it('streams to the vendor over TLS unless told otherwise', () => {
    expect(resolve(credentials)).toMatchObject({
      endpoint: 'streaming.behavioralsignals.com:443',
      tls: {},
      level: undefined,
      logits: false,
      embeddings: false,
      keepaliveMs: 300_000,
    });
  });

  it('takes the credentials from the environment', () => {
    vi.stubEnv('BEHAVIORALSIGNALS_CID', '10000119');
    vi.stubEnv('BEHAVIORALSIGNALS_API_KEY', 'from-env');
    expect(resolve({})).toMatchObject({ cid: '10000119', apiKey: 'from-env' });
    vi.stubEnv('BEHAVIORALSIGNALS_ENDPOINT', 'http://127.0.0.1:50051');
    expect(resolve({}).endpoint).toBe('127.0.0.1:50051');
    expect(resolve({ apiKey: 'mine' })).toMatchObject({ cid: '10000119', apiKey: 'mine' });
  });

  it('says which credentials are missing and where they can come from', () => {
    expect(() => resolve({})).toThrow(
      expect.objectContaining({
        code: 'MISSING_CREDENTIALS',
        message: expect.stringMatching(/cid .*apiKey .*BEHAVIORALSIGNALS_API_KEY/),
      }),
    );
    expect(() => resolve({ cid: 1 })).toThrow(/No apiKey/);
  });

  it('does not repeat what may be a token pasted into the wrong option', () => {
    expect(() => resolve({ ...credentials, cid: 'tok-123' })).toThrow(
      expect.objectContaining({ option: 'behavioralSignals({ cid })', message: expect.not.stringContaining('tok-123') }),
    );
  });

  it.each([
    ['example.com:443', 'example.com:443', true],
    ['https://example.com', 'example.com:443', true],
    ['grpcs://example.com:8443', 'example.com:8443', true],
    ['http://127.0.0.1:50051', '127.0.0.1:50051', false],
    ['http://localhost:50051/', 'localhost:50051', false],
    ['http://[::1]:50051', '[::1]:50051', false],
    ['http://LocalHost:50051', 'LocalHost:50051', false],
  ])('reads the endpoint %s', (endpoint, target, encrypted) => {
    const settings = resolve({ ...credentials, endpoint });
    expect(settings.endpoint).toBe(target);
    expect(settings.tls !== undefined).toBe(encrypted);
  });

  it('refuses plaintext beyond this machine unless asked for', () => {
    const lookalikes = [{ endpoint: 'http://127.0.0.999:80' }, { endpoint: 'http://127.0.0.1.example.com:80' }];
    for (const options of [{ endpoint: 'http://10.0.0.1:50051' }, { endpoint: 'example.com:443', tls: false }, ...lookalikes]) {
      expect(() => resolve({ ...credentials, ...options })).toThrow(expect.objectContaining({ code: 'INSECURE_ENDPOINT' }));
      expect(resolve({ ...credentials, ...options, allowInsecure: true }).tls).toBeUndefined();
    }
  });

  it.each<[string, StreamingOptions]>([
    ['level', { level: 'word' as never }],
    ['logits', { logits: 'yes' as never }],
    ['endpoint', { endpoint: 'example.com' }],
    ['endpoint', { endpoint: 'ftp://example.com:21' }],
    ['endpoint', { endpoint: 'example.com:70000' }],
    ['tls', { tls: 'certificate.pem' as never }],
    ['tls', { tls: { cert: 'x' } }],
    ['tls', { tls: { ca: 'certificate.pem' } }],
    ['tls', { tls: { ca: 42 as never } }],
    ['tls', { tls: { cert: 'x', key: 'y' } }],
    ['tls', { tls: { serverName: '' } }],
    ['tls', { tls: true, endpoint: 'http://127.0.0.1:1' }],
    ['tls', { tls: { ca: 'x' }, endpoint: 'grpc://127.0.0.1:1' }],
    ['tls', { tls: false, endpoint: 'https://127.0.0.1:1' }],
    ['tls', { tls: false, endpoint: 'grpcs://service.example:443', allowInsecure: true }],
    ['signal', { signal: {} as never }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['drainTimeoutMs', { drainTimeoutMs: Number.POSITIVE_INFINITY }],
    ['keepaliveMs', { keepaliveMs: '5m' as never }],
    ['closeAfterIdleMs', { closeAfterIdleMs: 99 }],
    ['closeAfterIdleMs', { closeAfterIdleMs: 2 ** 31 }],
    ['budget: { maxAudioMs }', { budget: { maxAudioMs: 0 } }],
    ['maxStreamDurationMs', { maxStreamDurationMs: 999 }],
    ['responseTimeoutMs', { responseTimeoutMs: 0 }],
    ['responseTimeoutMs', { responseTimeoutMs: 2 ** 31 }],
    ['maxStreamDurationMs', { maxStreamDurationMs: 60_000, reconnect: false }],
    ['reconnect', { reconnect: 10 as never }],
    ['reconnect: { maxAttempts }', { reconnect: { maxAttempts: 0 } }],
    ['reconnect: { maxDelayMs }', { reconnect: { initialDelayMs: 1000, maxDelayMs: 999 } }],
    ['reconnect: { bufferMs }', { reconnect: { bufferMs: 999 } }],
    ['reconnect: { bufferBytes }', { reconnect: { bufferBytes: 65_535 } }],
    ['reconnect: { bufferBytes }', { reconnect: { bufferBytes: Number.NaN } }],
    ['reconnect: { maxReplayMs }', { reconnect: { maxReplayMs: -1 } }],
  ])('names the option %s when its value is not allowed', (option, options) => {
    expect(() => resolve({ ...credentials, ...options })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: `behavioralSignals({ ${option} })` }),
    );
  });

  describe('with a proxy in the environment', () => {
    const remote = { ...credentials, endpoint: 'https://10.1.2.3:443' };
    beforeEach(() => {
      for (const name of ['grpc_proxy', 'https_proxy', 'http_proxy', 'no_grpc_proxy', 'no_proxy']) vi.stubEnv(name, '');
    });

    it.each([
      'socks5://clerk:pr0xy-secret@127.0.0.1:1080',
      'https://127.0.0.1:3128',
      '127.0.0.1:3128',
      'proxy.example:3128',
      'http',
    ])('refuses to go past one that can not be used: %s', (value) => {
      for (const variable of ['grpc_proxy', 'https_proxy', 'http_proxy']) {
        vi.stubEnv(variable, value);
        expect(() => resolve(remote)).toThrow(
          expect.objectContaining({
            code: 'INVALID_OPTION',
            option: `the environment variable ${variable}`,
            message: expect.not.stringContaining('pr0xy-secret'),
          }),
        );
        vi.stubEnv(variable, '');
      }
    });

    it('looks at the one that is used', () => {
      vi.stubEnv('http_proxy', 'socks5://127.0.0.1:1080');
      vi.stubEnv('https_proxy', 'http://127.0.0.1:3128');
      expect(resolve(remote).endpoint).toBe('10.1.2.3:443');
    });

    it.each(['10.1.2.3', '10.0.0.0/8', 'other.example,1.2.3', '0.0.0.0/0'])(
      'leaves those alone that no_proxy lists: %s',
      (list) => {
        vi.stubEnv('https_proxy', 'socks5://127.0.0.1:1080');
        vi.stubEnv('no_proxy', list);
        expect(resolve(remote).endpoint).toBe('10.1.2.3:443');
        vi.stubEnv('no_grpc_proxy', '192.168.0.0/16,10.1.2.3/x,10.1.2.0/99');
        expect(() => resolve(remote)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      },
    );

    it('needs none for this machine', () => {
      vi.stubEnv('https_proxy', 'socks5://127.0.0.1:1080');
      expect(resolve({ ...credentials, endpoint: 'http://127.0.0.1:50051' }).endpoint).toBe('127.0.0.1:50051');
    });
  });
});
