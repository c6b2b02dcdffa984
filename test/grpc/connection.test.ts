import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { lastValueFrom, NEVER, startWith } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FlowGate } from '../../src/flow/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { createTestCertificates } from '../../src/testing/index.js';
import { pcmChunk, pcmSource } from '../support/audio.js';
import { endWith, type ScriptedCall, startScriptedServer } from '../support/scripted-server.js';

const file = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const [cert, key] = [file('cert.pem'), file('key.pem')];
const credentials = { cid: 1, apiKey: 's3cr3t-token' };

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Streams a second of audio; what it came to. */
function outcome(options: StreamingOptions) {
  const predictions$ = pcmSource(1000, 250).source$.pipe(behavioralSignals({ ...credentials, ...options }));
  return lastValueFrom(predictions$, { defaultValue: 'complete' }).catch((error) => error);
}

async function serve(serverCredentials?: ServerCredentials, handle: (call: ScriptedCall) => void = answerAll) {
  const server = await startScriptedServer(handle, serverCredentials);
  cleanups.push(server.stop);
  return server;
}

function answerAll(call: ScriptedCall): void {
  call.on('data', () => {});
  call.on('end', () => call.end());
  call.on('error', () => {});
}

async function listen(server: net.Server | Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('a connection over TLS', () => {
  const pair = [{ cert_chain: cert, private_key: key }];

  it.each<[string, StreamingOptions['tls'], RegExp]>([
    ['an authority it does not know', true, /certificate/],
    ['another name than the server has', { ca: cert, serverName: 'example.org' }, /altnames/],
  ])('is refused at once with %s, and not tried again', async (_, tls, reason) => {
    const { port } = await serve(ServerCredentials.createSsl(null, pair));
    const error = await outcome({ endpoint: `localhost:${port}`, tls: tls ?? true });
    expect(error).toMatchObject({ code: 'STREAM_FAILED', status: status.UNAVAILABLE, retryable: false });
    expect(error.message).toMatch(reason);
    expect(error.message).toContain('option tls');
  });

  it('says so when the server speaks no TLS, and is not tried again', async () => {
    const { port } = await serve(ServerCredentials.createInsecure());
    const error = await outcome({ endpoint: `localhost:${port}` });
    expect(error).toMatchObject({ code: 'STREAM_FAILED', status: status.UNAVAILABLE, retryable: false });
    expect(error.message).toContain(`write the endpoint as http://localhost:${port}`);
  });

  // Node 26 refuses an address as the name of a server, which grpc-js gives it.
  it('may name the server by its address, which its certificate then has to hold', async () => {
    const { ca, server, wrongName } = createTestCertificates();
    const outcomes = [server, wrongName].map(async ({ cert: certificate, key: itsKey }) => {
      const shown = [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(itsKey) }];
      const { port } = await serve(ServerCredentials.createSsl(null, shown));
      return outcome({ endpoint: `127.0.0.1:${port}`, tls: { ca } });
    });
    const [right, wrong] = await Promise.all(outcomes);
    expect(right).toBe('complete');
    expect(wrong).toMatchObject({ code: 'STREAM_FAILED', retryable: false });
    expect(wrong.message).toMatch(/127\.0\.0\.1.*altnames/);
  });

  it('shows its certificate to a server that asks for one, and says so when it has none', async () => {
    const { port } = await serve(ServerCredentials.createSsl(cert, pair, true));
    const endpoint = `localhost:${port}`;
    expect(await outcome({ endpoint, tls: { ca: cert, cert, key } })).toBe('complete');
    expect(await outcome({ endpoint, tls: { ca: cert } })).toMatchObject({ code: 'STREAM_FAILED', retryable: false });
  });
});

describe('a connection through a proxy', () => {
  /** An HTTP proxy that connects everybody to one port. */
  async function startProxy(target: number, answer: 200 | 403 | 407 | 'nothing', user = '') {
    const asked: string[] = [];
    const refuse: RequestListener = (_, response) => response.writeHead(405).end();
    const proxy = createServer(refuse).on('connect', (request, socket: Socket, head) => {
      asked.push(request.url ?? '');
      socket.on('error', () => {});
      if (answer === 'nothing') return;
      const { 'proxy-authorization': credentials = '' } = request.headers;
      if (user && credentials !== `Basic ${Buffer.from(user).toString('base64')}`) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      if (answer !== 200) {
        socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`);
        return;
      }
      const upstream = net.connect(target, '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('no_grpc_proxy', '');
    vi.stubEnv('grpc_proxy', `http://${user ? `${user}@` : ''}127.0.0.1:${await listen(proxy)}`);
    return asked;
  }

  it('is made as the environment says', async () => {
    const { port } = await serve(ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]));
    const asked = await startProxy(port, 200);
    const tls = { ca: cert, serverName: 'localhost' };
    expect(await outcome({ endpoint: 'service.example:443', tls })).toBe('complete');
    expect(asked).toEqual(['service.example:443']);
  });

  it.each([403, 407] as const)('fails at once when the proxy refuses it with %i', async (answer) => {
    const asked = await startProxy(0, answer, 'clerk:pr0xy-secret');
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const error = await outcome({ endpoint: 'service.example:443' });
    expect(error).toMatchObject({ code: 'STREAM_FAILED', status: status.UNAVAILABLE, retryable: true });
    expect(asked).toHaveLength(1);
    expect(`${inspect(error, { depth: 10 })}${inspect(logged.mock.calls)}`).not.toContain('pr0xy-secret');
  });

  it('shows the credentials of its URL to a proxy that asks for them', async () => {
    const { port } = await serve(ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]));
    const asked = await startProxy(port, 200, 'clerk:pr0xy-secret');
    expect(await outcome({ endpoint: 'service.example:443', tls: { ca: cert, serverName: 'localhost' } })).toBe('complete');
    expect(asked).toEqual(['service.example:443']);
  });

  it('is given up when the proxy never answers', async () => {
    await startProxy(0, 'nothing');
    expect(await outcome({ endpoint: 'service.example:443', connectTimeoutMs: 100 })).toMatchObject({ code: 'CONNECT_TIMEOUT' });
  });

  it('fails at once when there is no proxy where the environment says', async () => {
    const gone = net.createServer();
    const port = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('grpc_proxy', `http://127.0.0.1:${port}`);
    vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await outcome({ endpoint: 'service.example:443' })).toMatchObject({ code: 'STREAM_FAILED', retryable: true });
  });

  it('is never made to this machine, whose plaintext would cross the network', async () => {
    const { connection } = await serve();
    const asked = await startProxy(0, 200);
    expect(await outcome(connection)).toBe('complete');
    expect(asked).toEqual([]);
  });
});

describe('a connection that is given up', () => {
  it.each([
    ['plaintext', 'http://'],
    ['TLS', 'https://'],
  ])('is closed though its server never says a word (%s)', async (_, scheme) => {
    const closed = new Promise<void>((resolve) => {
      mute = net.createServer((socket) =>
        socket
          .on('error', () => {})
          .on('close', () => resolve())
          .resume(),
      );
    });
    const endpoint = `${scheme}127.0.0.1:${await listen(mute!)}`;
    expect(await outcome({ endpoint, connectTimeoutMs: 50 })).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    await closed;
  });
  let mute: net.Server | undefined;

  it('is not made later to a server that comes back', async () => {
    const gone = net.createServer();
    const port = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    expect(await outcome({ endpoint: `http://127.0.0.1:${port}` })).toMatchObject({ code: 'STREAM_FAILED' });
    // grpc-js tries once more after a second, whoever closed the client meanwhile.
    const back = net.createServer((socket) => socket.on('error', () => {}).resume());
    await listen(back, port);
    const [stray] = (await once(back, 'connection')) as [Socket];
    await once(stray, 'close');
  });

  it('is closed when it is cancelled while it is being made', async () => {
    const closed = new Promise<void>((resolve) => {
      mute = net.createServer((socket) =>
        socket
          .on('error', () => {})
          .on('close', () => resolve())
          .resume(),
      );
    });
    const port = await listen(mute!);
    const chunk = pcmChunk(new Int16Array(1600), 16_000, 0, { label: 'live' }, new FlowGate());
    const subscription = NEVER.pipe(
      startWith(chunk),
      behavioralSignals({ ...credentials, endpoint: `http://127.0.0.1:${port}` }),
    ).subscribe();
    await once(mute!, 'connection');
    subscription.unsubscribe();
    await closed;
  });
});

describe('the token', () => {
  it('is not in an error, even when the server quotes it', async () => {
    const { connection } = await serve(undefined, (call) =>
      endWith(call, { code: status.UNAUTHENTICATED, details: 'token s3cr3t-token is not known' }),
    );
    const error = await outcome({ ...connection, ...credentials });
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', details: 'token (hidden) is not known' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cr3t-token');
  });
});
