import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer } from 'node:net';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { transform } from 'esbuild';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ensureBuilt } from '../../scripts/ensure-built.mjs';
import { channel } from '../../src/operators/channel.js';
import { decode } from '../../src/operators/decode.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { fromFile } from '../../src/sources/from-file.js';
import { audioSocketFrame } from '../../src/telephony/sockets/audio-socket-frames.js';

const root = path.resolve(import.meta.dirname, '../..');
const [, guide = ''] =
  /## Sockets of telephony platforms\n([\s\S]*?)(?=\n## |$)/.exec(readFileSync(path.join(root, 'docs/sources.md'), 'utf8')) ?? [];
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code!);
const snippets = blocks('ts');
const secrets = { AUDIOHOOK_API_KEY: 'key', AUDIOHOOK_CLIENT_SECRET: Buffer.from('secret').toString('base64') };
/** 14 s of a call of two channels: mu-law bytes behind the header. The first channel is used as 16-bit samples too. */
const file = path.join(root, 'test/fixtures/call/support_mulaw_8k.wav');

let service: LocalService;
let folder: string;
let stereo: Buffer;
let mulaw: Buffer;
const linear = new Map<number, Buffer>();
const children: ChildProcess[] = [];

beforeAll(async () => {
  await ensureBuilt();
  service = await startLocalService();
  // Inside the repository, where the packages' names lead to them.
  folder = await mkdtemp(path.join(root, 'test/docs/.socket-snippets-'));
  const wav = readFileSync(file);
  stereo = wav.subarray(wav.indexOf('data') + 8);
  mulaw = Buffer.from(stereo.filter((_, i) => i % 2 === 0));
  for (const rate of [8000, 16_000, 48_000]) {
    const chunks = await lastValueFrom(fromFile(file).pipe(decode(), channel(0), resample(rate), toPcm16le(), toArray()));
    linear.set(rate, Buffer.concat(chunks.map(({ data }) => data)));
  }
}, 180_000);
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});
afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the program that has a part, and waits until it listens. */
async function start(part: string) {
  const code = snippets.find((snippet) => snippet.includes(part));
  expect(code).toBeDefined();
  const name = `snippet-${snippets.indexOf(code!)}.mjs`;
  const { code: javascript } = await transform(code!, { loader: 'ts', format: 'esm', target: 'node20' });
  await writeFile(path.join(folder, name), javascript);
  const port = await freePort();
  const { endpoint, cid, apiKey } = service.connection;
  const env = {
    ...process.env,
    ...secrets,
    PORT: String(port),
    BEHAVIORALSIGNALS_ENDPOINT: endpoint,
    BEHAVIORALSIGNALS_CID: cid,
    BEHAVIORALSIGNALS_API_KEY: apiKey,
  };
  const child = spawn(process.execPath, [name], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env });
  children.push(child);
  let printed = '';
  const until = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (printed.includes(text)) resolve(printed);
      };
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`ended without "${text}": ${printed}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr]) {
    stream.prependListener('data', (data) => {
      printed += data;
    });
  }
  await until('listening\n');
  return { port, until };
}

async function webSocket(
  port: number,
  url = '/',
  headers: Record<string, string> = {},
  protocol: string[] = [],
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${url}`, protocol, { headers });
  await once(socket, 'open');
  return socket;
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Two channels of one. */
function doubled(samples: Buffer, size: number): Buffer {
  const output = Buffer.alloc(samples.length * 2);
  for (let at = 0; at < samples.length; at += size) {
    samples.copy(output, at * 2, at, at + size);
    samples.copy(output, at * 2 + size, at, at + size);
  }
  return output;
}

const answered = /utterance \d+ (fe)?male/;

describe('docs/sources.md: sockets of telephony platforms', () => {
  it('has a test for each of its programs', () => {
    expect(snippets).toHaveLength(6);
    expect(blocks('js')).toHaveLength(2);
  });

  it('runs the program for Twilio and its like', async () => {
    const { port, until } = await start('fromTelephonySocket(webSocket)');
    const socket = await webSocket(port);
    const send = (message: object) => socket.send(JSON.stringify(message));
    send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    send({
      event: 'start',
      sequenceNumber: '1',
      streamSid: 'MZ1',
      start: { streamSid: 'MZ1', callSid: 'CA1', tracks: ['inbound'], mediaFormat, customParameters: { agent: '7' } },
    });
    let chunk = 0;
    for (const piece of pieces(mulaw, 160)) {
      chunk += 1;
      const media = {
        track: 'inbound',
        chunk: String(chunk),
        timestamp: String((chunk - 1) * 20),
        payload: piece.toString('base64'),
      };
      send({ event: 'media', sequenceNumber: String(chunk + 1), streamSid: 'MZ1', media });
    }
    send({ event: 'dtmf', streamSid: 'MZ1', dtmf: { track: 'inbound_track', digit: '1' } });
    send({ event: 'stop', sequenceNumber: String(chunk + 2), streamSid: 'MZ1' });
    const printed = await until('the caller is gone');
    expect(printed).toMatch(answered);
    expect(printed).toContain("twilio CA1 { agent: '7' }");
    expect(printed).toContain('key 1');
    socket.terminate();
  });

  it("runs the program for Asterisk's AudioSocket", async () => {
    const { port, until } = await start('fromAudioSocket(socket)');
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('data', () => {});
    socket.write(audioSocketFrame(0x01, Buffer.from('40325ec25efd4bd3805f53576e581d13', 'hex')));
    for (const piece of pieces(linear.get(8000)!, 320)) socket.write(audioSocketFrame(0x10, piece));
    socket.write(audioSocketFrame(0x00, Buffer.alloc(0)));
    const printed = await until('the call is over');
    expect(printed).toMatch(answered);
    expect(printed).toContain('call 40325ec2-5efd-4bd3-805f-53576e581d13');
    socket.destroy();
  });

  it('runs the program for FreeSWITCH', async () => {
    const { port, until } = await start('channels: 2');
    const socket = await webSocket(port);
    socket.send(JSON.stringify({ agent: 7 }));
    for (const piece of pieces(doubled(linear.get(16_000)!, 2), 1280)) socket.send(piece);
    socket.close();
    const printed = await until('the call is over');
    expect(printed).toMatch(answered);
    expect(printed).toContain('call { agent: 7 }');
  });

  it('runs the program for jambonz', async () => {
    const { port, until } = await start('audio.jambonz.org');
    const socket = await webSocket(port, '/', {}, ['audio.jambonz.org']);
    socket.send(JSON.stringify({ callSid: 'j1', sampleRate: 8000, mixType: 'mono' }));
    for (const piece of pieces(linear.get(8000)!, 320)) socket.send(piece);
    socket.close();
    const printed = await until('the call is over');
    expect(printed).toMatch(answered);
    expect(printed).toContain("callSid: 'j1'");
  });

  it('runs the program for Genesys Cloud, which refuses who did not sign', async () => {
    const { port, until } = await start('verifyAudioHookSignature');
    const stranger = new WebSocket(`ws://127.0.0.1:${port}/`);
    const [error] = (await once(stranger, 'error')) as [Error];
    expect(error.message).toContain('401');

    const id = '30b0e395-84d3-4570-ac13-9a62d8f514c0';
    const headers: Record<string, string> = {
      'audiohook-organization-id': 'd7934305-0972-4844-938e-9060eef73d05',
      'audiohook-session-id': id,
      'audiohook-correlation-id': 'e160e428-53e2-487c-977d-96989bf5c99d',
      'x-api-key': secrets.AUDIOHOOK_API_KEY,
    };
    const values = { '@request-target': '/', '@authority': `127.0.0.1:${port}`, ...headers };
    const created = Math.floor(Date.now() / 1000);
    const parameters = `(${Object.keys(values)
      .map((name) => `"${name}"`)
      .join(' ')});keyid="${secrets.AUDIOHOOK_API_KEY}";nonce="n";alg="hmac-sha256";created=${created};expires=${created + 10}`;
    const base = [
      ...Object.entries(values).map(([name, value]) => `"${name}": ${value}`),
      `"@signature-params": ${parameters}`,
    ].join('\n');
    const signature = createHmac('sha256', 'secret').update(base).digest('base64');
    const socket = await webSocket(port, '/', {
      ...headers,
      signature: `sig1=:${signature}:`,
      'signature-input': `sig1=${parameters}`,
    });
    const media = [{ type: 'audio', format: 'PCMU', channels: ['external', 'internal'], rate: 8000 }];
    const message = (seq: number, type: string, parameters: object) =>
      JSON.stringify({ version: '2', id, type, seq, serverseq: 0, position: 'PT0S', parameters });
    const opened = once(socket, 'message');
    socket.send(message(1, 'open', { conversationId: 'c1', participant: { ani: '+1-555' }, media }));
    expect(JSON.parse(String((await opened)[0]))).toMatchObject({ type: 'opened' });
    for (const piece of pieces(stereo, 1600)) socket.send(piece);
    const seconds = mulaw.length / 8000;
    socket.send(JSON.stringify({ ...JSON.parse(message(2, 'close', { reason: 'end' })), position: `PT${seconds}S` }));
    const printed = await until('the customer is gone');
    expect(printed).toMatch(answered);
    expect(printed).toContain('conversation c1 +1-555');
    socket.terminate();
  });

  it("runs the programs for a browser's microphone: the worklet, the page and the server", async () => {
    const { port, until } = await start("label: 'microphone'");
    const [worklet, page] = blocks('js') as [string, string];
    // A browser, as far as the two know it.
    let Processor: (new () => { port: object; process(inputs: Float32Array[][]): boolean }) | undefined;
    const toPage: { onmessage?: (event: { data: Float32Array }) => void } = {};
    class AudioWorkletProcessor {
      port = { postMessage: (data: Float32Array) => toPage.onmessage?.({ data }) };
    }
    runInNewContext(worklet, {
      AudioWorkletProcessor,
      registerProcessor: (_: string, made: typeof Processor) => (Processor = made),
    });
    const sockets: WebSocket[] = [];
    class PageSocket {
      constructor(url: string) {
        const socket = new WebSocket(url.replace('wss:', 'ws:'));
        sockets.push(socket);
        Object.assign(this, { addEventListener: socket.addEventListener.bind(socket), send: socket.send.bind(socket) });
      }
    }
    const connected: unknown[] = [];
    const AudioContext = class {
      sampleRate = 48_000;
      audioWorklet = { addModule: async () => {} };
      createMediaStreamSource = () => ({ connect: (node: unknown) => connected.push(node) });
    };
    const AudioWorkletNode = class {
      port = toPage;
    };
    const browser = {
      AudioContext,
      AudioWorkletNode,
      WebSocket: PageSocket,
      location: { host: `127.0.0.1:${port}` },
      navigator: { mediaDevices: { getUserMedia: async () => ({}) } },
      Promise,
    };
    await runInNewContext(`(async () => {${page}})()`, browser);
    expect(connected).toHaveLength(1);
    const processor = new Processor!();
    const samples = linear.get(48_000)!;
    const floats = Float32Array.from({ length: samples.length / 2 }, (_, i) => samples.readInt16LE(i * 2) / 32_768);
    for (let at = 0; at < floats.length; at += 128) processor.process([[floats.subarray(at, at + 128)]]);
    sockets[0]!.close();
    expect(await until('the microphone is off')).toMatch(answered);
  });
});
