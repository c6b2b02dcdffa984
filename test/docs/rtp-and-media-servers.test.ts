import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../src/process/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { SnippetFolder, type SnippetOptions, snippetsOf } from '../support/doc-snippets.js';
import { Peers } from '../support/rtp-peers.js';

const rtpSnippets = snippetsOf('docs/rtp.md');
const mediaSnippets = snippetsOf('docs/sources.md', '## Media servers');
const answered = /^utterance \d+ (fe)?male/m;
/** Speech of one party, paced as it is spoken, since that is how RTP comes. */
const SPEECH = ['-v', 'error', '-re', '-i', 'call.wav', '-af', 'pan=mono|c0=c0', '-t', '5'];

/** Stands for a mediasoup server: the same calls, and a real sender of Opus behind `connect()`. */
const MEDIA_SERVER = `
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
const consumer = Object.assign(new EventEmitter(), {
  rtpParameters: {
    codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2, parameters: { useinbandfec: 1 } }],
    encodings: [{ ssrc: 4242 }],
  },
  resume: async () => {
    const { ip, port } = remote;
    const address = 'rtp://' + ip + ':' + port + '?rtcpport=' + port + '&localrtpport=' + localPort;
    const opus = ['-c:a', 'libopus', '-frame_duration', '20', '-payload_type', '100', '-ssrc', '4242', '-f', 'rtp', address];
    const child = spawn(process.env.FFMPEG, [...JSON.parse(process.env.SPEECH), ...opus], { stdio: 'ignore' });
    child.once('close', () => consumer.emit('producerclose'));
  },
});
const probe = createSocket('udp4').bind(0, '127.0.0.1');
await once(probe, 'listening');
const localPort = probe.address().port;
probe.close();
let remote;
export const producer = { id: 'p1' };
export const router = {
  rtpCapabilities: {},
  createPlainTransport: async ({ listenInfo }) => ({
    tuple: { localIp: listenInfo.ip, localPort },
    consume: async ({ producerId, paused }) => {
      if (producerId !== producer.id || !paused) throw new Error('wrong consumer');
      return consumer;
    },
    connect: async (to) => {
      remote = to;
    },
  }),
};
`;

/** Stands for \`@livekit/rtc-node\`: two participants' tracks, as streams of its AudioFrame that end when nobody wants them. */
const LIVEKIT = `
import { EventEmitter } from 'node:events';
import { channel, chunk, decode, fromFile, pace, resample, toPcm16le, toReadable } from 'behavioral-signals-rx';
export const RoomEvent = { TrackSubscribed: 'trackSubscribed', TrackUnsubscribed: 'trackUnsubscribed' };
export const TrackKind = { KIND_AUDIO: 1, KIND_VIDEO: 2 };
let ended;
export class AudioStream extends ReadableStream {
  constructor(track, { sampleRate, numChannels }) {
    const audio$ = fromFile('call.wav').pipe(decode(), channel(track.channel), resample(sampleRate), toPcm16le(), chunk(10), pace({ speed: 4 }));
    const source = toReadable(audio$, { objectMode: true });
    super({
      async start(controller) {
        for await (const { data, length } of source) {
          const samples = new Int16Array(new Uint8Array(data).buffer);
          controller.enqueue({ data: samples, sampleRate, channels: numChannels, samplesPerChannel: length });
        }
        ended(track);
      },
    });
  }
}
export class Room extends EventEmitter {
  async connect(url, token) {
    if (url !== 'wss://livekit.example' || token !== 'token') throw new Error('not allowed');
    ended = (track) => this.emit(RoomEvent.TrackUnsubscribed, track, {}, {});
    this.emit(RoomEvent.TrackSubscribed, { kind: TrackKind.KIND_VIDEO }, {}, { identity: 'camera' });
    this.emit(RoomEvent.TrackSubscribed, { kind: TrackKind.KIND_AUDIO, channel: 0 }, {}, { identity: 'anna' });
    this.emit(RoomEvent.TrackSubscribed, { kind: TrackKind.KIND_AUDIO, channel: 1 }, {}, { identity: 'ben' });
  }
}
`;

const peers = new Peers();
let service: LocalService;
let folder: SnippetFolder;

beforeAll(async () => {
  service = await startLocalService();
  folder = await SnippetFolder.make({ 'call.wav': 'support_mulaw_8k.wav' });
}, 180_000);
afterAll(async () => {
  peers.stop();
  await service?.close();
  await folder?.remove();
});

/** Runs the snippet with a part against the local service; gives what it printed. */
async function run(snippets: string[], part: string, options: SnippetOptions = {}): Promise<string> {
  const code = snippets.find((snippet) => snippet.includes(part));
  expect(code).toBeDefined();
  const { endpoint, cid, apiKey } = service.connection;
  const credentials = { BEHAVIORALSIGNALS_ENDPOINT: endpoint, BEHAVIORALSIGNALS_CID: cid, BEHAVIORALSIGNALS_API_KEY: apiKey };
  const env = { ...credentials, FFMPEG: findFfmpeg().path, SPEECH: JSON.stringify(SPEECH), ...options.env };
  const { stdout, stderr, exitCode } = await folder.run(code!, { ...options, env });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
}

describe('docs/rtp.md', () => {
  it('has a test for each of its programs', () => {
    expect(rtpSnippets).toHaveLength(1);
  });

  it('runs the program, with ffmpeg as the sender', async () => {
    let sending: Promise<void> | undefined;
    const printed = await run(rtpSnippets, 'portRange', {
      printed: (text) => {
        const port = Number(/to port (\d+)\n/.exec(text)?.[1]);
        if (!port) return;
        const address = `rtp://127.0.0.1:${port}?rtcpport=${port + 1}&pkt_size=172`;
        const [input, ...rest] = [
          path.join(folder.path, 'call.wav'),
          '-c:a',
          'pcm_mulaw',
          '-rtpflags',
          'send_bye',
          '-f',
          'rtp',
          address,
        ];
        sending ??= peers.run(findFfmpeg().path, [
          ...SPEECH.map((one) => (one === 'call.wav' ? input! : one)),
          '-ar',
          '8000',
          ...rest,
        ]);
      },
    });
    await sending;
    expect(printed).toMatch(answered);
    expect(printed).toMatch(/the sender said BYE\n$/);
  });
});

describe('docs/sources.md: media servers', () => {
  it('has a test for each of its programs', () => {
    expect(mediaSnippets).toHaveLength(2);
  });

  it('runs the program for LiveKit, with frames as its SDK hands them over', async () => {
    const sdk = path.join(folder.path, 'node_modules/@livekit/rtc-node');
    await mkdir(sdk, { recursive: true });
    await writeFile(path.join(sdk, 'package.json'), '{ "name": "@livekit/rtc-node", "type": "module", "exports": "./index.js" }');
    // What it imports is found from the snippets' folder only.
    await writeFile(path.join(sdk, 'index.js'), "export * from '../../../livekit.js';");
    await folder.add('livekit.js', LIVEKIT);
    const env = { LIVEKIT_URL: 'wss://livekit.example', LIVEKIT_TOKEN: 'token' };
    const printed = await run(mediaSnippets, '@livekit/rtc-node', { env });
    for (const who of ['anna', 'ben']) {
      expect(printed).toMatch(new RegExp(`^${who} utterance \\d+ (fe)?male`, 'm'));
      expect(printed).toContain(`${who} is gone\n`);
    }
    expect(printed).not.toContain('camera');
  });

  it('runs the program for mediasoup, with ffmpeg sending Opus as its transport would', async () => {
    await folder.add('media-server.js', MEDIA_SERVER);
    const printed = await run(mediaSnippets, 'createPlainTransport');
    expect(printed).toMatch(/^started true\n/);
    expect(printed).toMatch(answered);
    expect(printed).toMatch(/the participant is gone\n$/);
  });
});
