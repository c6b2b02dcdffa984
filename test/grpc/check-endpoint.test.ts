import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { checkEndpoint } from '../../src/grpc/index.js';
import { startScriptedServer } from '../support/scripted-server.js';

const tlsFile = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));

describe('checking an endpoint', () => {
  test('a server is reached without a call being made', async () => {
    let calls = 0;
    await using server = await startScriptedServer(() => {
      calls += 1;
    });
    const reached = await checkEndpoint({ endpoint: server.connection.endpoint });
    expect(reached).toMatchObject({ endpoint: `127.0.0.1:${server.port}`, isTls: false });
    expect(reached.tookMs).toBeGreaterThan(0);
    expect(calls).toBe(0);
  });

  test('TLS is checked as a stream would check it', async () => {
    const pair = [{ cert_chain: tlsFile('cert.pem'), private_key: tlsFile('key.pem') }];
    await using server = await startScriptedServer(() => {}, ServerCredentials.createSsl(null, pair));
    const endpoint = `localhost:${server.port}`;
    await expect(checkEndpoint({ endpoint, tls: { ca: tlsFile('cert.pem') } })).resolves.toMatchObject({ isTls: true });
    await expect(checkEndpoint({ endpoint })).rejects.toMatchObject({ code: 'STREAM_FAILED', status: 14 });
  });

  test('a closed port fails at once, a port that never speaks HTTP/2 at the deadline', async () => {
    await expect(checkEndpoint({ endpoint: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'STREAM_FAILED' });
    const open: Socket[] = [];
    const mute = createServer((socket) => open.push(socket));
    const port = await new Promise<number>((resolve) => {
      mute.listen(0, '127.0.0.1', () => resolve((mute.address() as AddressInfo).port));
    });
    const check = checkEndpoint({ endpoint: `http://127.0.0.1:${port}`, connectTimeoutMs: 100 });
    await expect(check).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
  });

  test('wrong endpoints are refused', async () => {
    await expect(checkEndpoint({ endpoint: 'nowhere' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(checkEndpoint({ endpoint: 'http://example.org:80' })).rejects.toMatchObject({ code: 'INSECURE_ENDPOINT' });
  });
});
