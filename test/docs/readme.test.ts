import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channel, decode, fromFile, resample, toPcm16le, toReadable } from '../../src/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { SnippetFolder, snippetsOf } from '../support/doc-snippets.js';

const calls = path.resolve(import.meta.dirname, '../fixtures/call');
/** The front page, and what belongs to it on pages without a test of their own. */
const snippets = [
  ...snippetsOf('README.md'),
  ...snippetsOf('docs/sources.md', '## Files and streams'),
  ...snippetsOf('docs/voice-activity.md'),
];

/** For each snippet, in order: a part of it that tells it apart, and what it must print. */
const expectations: [part: string, output: RegExp][] = [
  ["createReadStream('call.mp3')", /^\d+ \d+ (fe)?male /m],
  ['startLocalService()', /^local \d+ (fe)?male /m],
  ['splitChannels()', /^agent \d+[\s\S]*^customer \d+/m],
  ["ofTask('gender')", /^\d+ (fe)?male 0\.\d+/m],
  ['takeUntil(timer(3000))', /ms later\n(.*\n)*every result of the first 3 seconds/],
  ['fromFfmpeg(', /^\d+/m],
  ["spawn('ffmpeg'", /^said at \d+/m],
  ['process.stdin', /^\{.*"level":"utterance".*\}$/m],
  ['fromFrames(callerFrames', /^((utterance|segment) (weak|neutral|strong)\n){2}$/],
  ['new Subject<StreamEvent>()', /^0\/(segment|utterance)\//m],
  ['gateSilence({ events })', /^utterance \d+[\s\S]*^sent \d{5}(\.\d+)? ms, saved \d{3,4}|^sent \d{5}[\s\S]*^utterance \d+/m],
  ['SpeechDetector.open(', /^speech from \d+(\.\d+)? ms\nsilence from \d+/m],
];

/** Stands for an agent's framework: a caller who doesn't wait, four times as fast as life, and the ends of his first two turns. */
const AGENT = `
import { channel, chunk, decode, fromFile, pace, toPcm16le, toReadable } from 'behavioral-signals-rx';
const turns = [{ startMs: 6800, endMs: 9700 }, { startMs: 12900, endMs: 16100 }];
let heardMs = 0;
let tell;
async function* frames() {
  const audio$ = fromFile('call.wav').pipe(decode(), channel(1), toPcm16le(), chunk(20), pace({ speed: 4 }));
  for await (const { data } of toReadable(audio$, { objectMode: true })) {
    yield { data: new Int16Array(new Uint8Array(data).buffer), sampleRate: 8000, channels: 1, samplesPerChannel: data.length / 2 };
    heardMs += data.length / 16;
    if (heardMs >= turns[0]?.endMs + 600) tell(turns.shift());
  }
}
export const callerFrames = frames();
export const onTurnEnd = (listener) => { tell = listener; };
export const reply = console.log;
`;

let folder: SnippetFolder;
let service: LocalService;
/** The agent of the call as raw samples, for the snippet that reads them from standard input. */
let pcm: Buffer;

beforeAll(async () => {
  service = await startLocalService({ vad: 'light' });
  const agent$ = fromFile(path.join(calls, 'support.mp3')).pipe(decode(), channel(0), resample(16_000), toPcm16le());
  pcm = Buffer.concat(await toReadable(agent$).toArray());
  folder = await SnippetFolder.make({
    'call.mp3': 'support.mp3',
    'call.wav': 'humans_mulaw_8k.wav',
    'stereo-call.wav': 'humans_mulaw_8k.wav',
  });
  await folder.add('agent.js', AGENT);
}, 120_000);
afterAll(async () => {
  await service?.close();
  await folder?.remove();
});

function run(code: string) {
  const { endpoint, cid, apiKey } = service.connection;
  const env = { BEHAVIORALSIGNALS_CID: cid, BEHAVIORALSIGNALS_API_KEY: apiKey, BEHAVIORALSIGNALS_ENDPOINT: endpoint };
  return folder.run(code, { env, stdin: pcm });
}

describe('README.md, and the first steps in docs/', () => {
  it('has a test for each of their snippets', () => {
    expect(snippets.length).toBe(expectations.length);
  });

  it.each(expectations)('runs the snippet with %s', async (part, output) => {
    const code = snippets.find((snippet) => snippet.includes(part));
    expect(code).toBeDefined();
    const { stdout, stderr, exitCode } = await run(code!);
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(output);
  });
});
