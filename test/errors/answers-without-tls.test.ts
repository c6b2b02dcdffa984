import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { expect, it } from 'vitest';
import { answersWithoutTls } from '../../src/errors/index.js';

const SETTINGS = Uint8Array.of(0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100);

/** What OpenSSL says of a server that answers a hello with some bytes. */
async function saidOf(answer: string | Uint8Array): Promise<string> {
  const server = net.createServer((client) => {
    client.on('error', () => {}).once('data', () => client.write(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const socket = tls.connect({ host: '127.0.0.1', port, ALPNProtocols: ['h2'] });
  const { message } = await new Promise<Error>((resolve) => socket.once('error', resolve));
  socket.destroy();
  server.close();
  return message;
}

it.each<[string, string | Uint8Array]>([
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['gRPC in plaintext', SETTINGS],
  ['another protocol', 'SSH-2.0-server\r\n'],
  ['something that begins as a handshake does', Uint8Array.of(0x16, 3, 1, 0xff, 0xff, 1, 2, 3)],
])('knows a server without TLS: %s', async (_, answer) => {
  expect(answersWithoutTls(await saidOf(answer))).toBe(true);
});

it('takes no server that refuses a handshake for one without TLS', async () => {
  expect(answersWithoutTls(await saidOf(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 40)))).toBe(false);
});
