import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { lastValueFrom } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { frameOf } from '../../src/testing/wire/grpc-frames.js';
import { type PcmChunk, pausableSource, pcmChunk } from '../support/audio.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** How a session ends whose server answers the call like this. */
async function endOf(answer: (stream: ServerHttp2Stream) => void): Promise<unknown> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.resume();
    answer(stream);
  });
  server.on('session', (session) => cleanups.push(() => session.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { source$ } = pausableSource<PcmChunk>((index, flow, source) =>
    index < 5 ? pcmChunk(new Int16Array(800), 8000, index * 800, source, flow) : undefined,
  );
  const session$ = source$.pipe(behavioralSignals({ endpoint, cid: 1, apiKey: 'test-token', reconnect: false }));
  return lastValueFrom(session$, { defaultValue: undefined }).catch((error: unknown) => error);
}

const headers = { ':status': 200, 'content-type': 'application/grpc+proto' };

it('a message said to be compressed where nothing is ends the session with a typed error', async () => {
  const error = await endOf((stream) => {
    stream.respond(headers);
    stream.write(frameOf(Buffer.from([1, 2, 3]), true));
  });
  expect(error).toMatchObject({ code: 'STREAM_FAILED', status: 13, details: 'the server broke the protocol' });
});

it.each(['abc', '99', '-1', ''])('a status that is none, "%s", is a typed error', async (text) => {
  const error = await endOf((stream) => stream.respond({ ...headers, 'grpc-status': text }, { endStream: true }));
  expect(error).toMatchObject({
    name: expect.stringMatching(/Error$/),
    code: expect.stringMatching(/^(STREAM_FAILED|ENDED_EARLY)$/),
  });
});
