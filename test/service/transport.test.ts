import { readFileSync } from 'node:fs';
import { credentials, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { WireClient } from './wire-client.js';

const tls = {
  cert: readFileSync(new URL('../fixtures/tls/cert.pem', import.meta.url)),
  key: readFileSync(new URL('../fixtures/tls/key.pem', import.meta.url), 'utf8'),
};
const { engine } = levelMeter();

describe('where it listens', () => {
  it('is loopback, plaintext, a free port, unless told otherwise', async () => {
    await using service = await startLocalService({ engine });
    expect(service.host).toBe('127.0.0.1');
    expect(service.port).toBeGreaterThan(0);
    expect(service.endpoint).toBe(`http://127.0.0.1:${service.port}`);
    expect(service.connection).toEqual({ endpoint: service.endpoint, cid: expect.any(String), apiKey: expect.any(String) });
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.org'])('is not %s without TLS or allowInsecure', async (host) => {
    await expect(startLocalService({ engine, host })).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'host' });
  });

  it('is beyond loopback, in plaintext, only when that is asked for', async () => {
    await using service = await startLocalService({ engine, host: '0.0.0.0', allowInsecure: true });
    expect(service.connection.allowInsecure).toBe(true);
  });

  it('is refused by name when the port is taken', async () => {
    await using first = await startLocalService({ engine });
    await expect(startLocalService({ engine, port: first.port })).rejects.toMatchObject({
      code: 'SERVICE_START_FAILED',
      message: expect.stringMatching(
        new RegExp(`can't listen on 127\\.0\\.0\\.1:${first.port}: listen EADDRINUSE[^\\[]*\\. Choose another port`),
      ),
    });
  });
});

describe('over TLS', () => {
  it('serves those who trust its certificate, and nobody in plaintext', async () => {
    await using service = await startLocalService({ engine, tls });
    expect(service.endpoint).toMatch(/^https:/);
    await using trusting = new WireClient(service, credentials.createSsl(tls.cert));
    expect(await trusting.call().configure().finish()).toMatchObject({ code: status.OK });
    await using plain = new WireClient(service);
    expect(await plain.call().configure().status).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('asks clients for a certificate when it has an authority for them', async () => {
    await using service = await startLocalService({ engine, tls: { ...tls, clientCa: tls.cert } });
    await using known = new WireClient(service, credentials.createSsl(tls.cert, Buffer.from(tls.key), tls.cert));
    expect(await known.call().configure().finish()).toMatchObject({ code: status.OK });
    await using unknown = new WireClient(service, credentials.createSsl(tls.cert));
    expect(await unknown.call().configure().status).toMatchObject({ code: status.UNAVAILABLE });
  });

  it.each([
    ['no certificate', { cert: '', key: '' }],
    ['a key that is none', { ...tls, key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' }],
  ])('is refused with %s', async (_, broken) => {
    await expect(startLocalService({ engine, tls: broken })).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'tls' });
  });
});

describe('options that are not allowed', () => {
  it.each([
    [{ port: -1 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: 80.5 }, 'port'],
    [{ host: 'a b' }, 'host'],
    [{ maxStreams: 0 }, 'maxStreams'],
    [{ maxMessageBytes: 10 }, 'maxMessageBytes'],
    [{ engine, vad: 'light' as const }, 'vad'],
    [{ engine, language: 'de' }, 'language'],
    [{ vad: 'best' as 'light' }, 'vad'],
    [{ projects: [{ cid: 'x', apiKey: 'y' }] }, 'projects[0].cid'],
  ])('%j is refused, naming the option', async (options, option) => {
    await expect(startLocalService(options)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });
});
